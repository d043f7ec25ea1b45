import { streamStoreContract } from '../../contract/stream-store.contract.ts';
import { openStore } from './opened-store.testing.ts';

streamStoreContract('SqliteStreamStore', openStore);
