import { streamStoreContract } from '../../contract/stream-store.contract.ts';
import { openNode, sharedServers } from './opened-store.contract.ts';

const servers = sharedServers();

streamStoreContract('RedisStreamStore', () => openNode(servers()));
