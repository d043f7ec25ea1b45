import { streamStoreContract } from '../../stream-store.contract.ts';
import { openNode, sharedServers } from './opened-store.contract.ts';

const servers = sharedServers();

streamStoreContract('RedisStreamStore', () => openNode(servers()));
