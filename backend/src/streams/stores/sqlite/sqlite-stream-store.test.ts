import { streamStoreContract } from '../../contract/stream-store.contract.ts';
import { openStore } from './opened-store.contract.ts';

streamStoreContract('SqliteStreamStore', openStore);
