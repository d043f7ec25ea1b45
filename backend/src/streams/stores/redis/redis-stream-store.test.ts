import { streamStoreContract } from '../../contract/stream-store.contract.ts';
import { openNode, sharedServers } from './opened-store.testing.ts';

const servers = sharedServers();

streamStoreContract('RedisStreamStore', () => openNode(servers()));
