// Chooses the store. Everything else asks for the port.
import { type DynamicModule, Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { DATABASE } from '../database/database.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';
import { SqliteStreamStore } from './stores/sqlite/sqlite-stream-store.ts';
import { STREAM_STORE, type StreamStore } from './stream-store.ts';

/** Opens the store on the database. */
@Global()
@Module({})
export class StreamsModule implements OnApplicationShutdown {
  constructor(@Inject(STREAM_STORE) private readonly store: StreamStore) {}

  static forRoot({ storageRetryMs }: { storageRetryMs: number }): DynamicModule {
    return {
      module: StreamsModule,
      providers: [
        {
          provide: STREAM_STORE,
          inject: [DATABASE],
          useFactory: (database: SqliteDatabase) => SqliteStreamStore.open(database, { storageRetryMs }),
        },
      ],
      exports: [STREAM_STORE],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.store.close();
  }
}
