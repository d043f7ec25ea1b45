// Chooses the store. Everything else injects the port, `STREAM_STORE`.
import { type DynamicModule, Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { DATABASE, type Database } from '../database/database.ts';
import type { SqliteDatabase } from '../database/sqlite/sqlite-database.ts';
import { REDIS_LINK, type RedisLink } from '../redis/redis-link.ts';
import { RedisStreamStore, type RedisStreamStoreOptions } from './stores/redis/redis-stream-store.ts';
import { SqliteStreamStore } from './stores/sqlite/sqlite-stream-store.ts';
import { STREAM_STORE, type StreamStore } from './stream-store.ts';

/** Options of the store. */
export interface StreamsOptions {
  /** Whether several nodes share the database and a Redis. */
  readonly isShared: boolean;
  readonly timings: RedisStreamStoreOptions;
}

/** Opens the store on the database, and closes it at shutdown. */
@Global()
@Module({})
export class StreamsModule implements OnApplicationShutdown {
  constructor(@Inject(STREAM_STORE) private readonly store: StreamStore) {}

  static forRoot({ isShared, timings }: StreamsOptions): DynamicModule {
    const embedded = {
      provide: STREAM_STORE,
      inject: [DATABASE],
      useFactory: (database: SqliteDatabase) => SqliteStreamStore.open(database, timings),
    };
    const shared = {
      provide: STREAM_STORE,
      inject: [DATABASE, REDIS_LINK],
      useFactory: (database: Database, link: RedisLink) => RedisStreamStore.open(database, link, timings),
    };
    return { module: StreamsModule, providers: [isShared ? shared : embedded], exports: [STREAM_STORE] };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.store.close();
  }
}
