// Chooses the database. Everything else asks for the port.
import { type DynamicModule, Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { DATABASE, type Database } from './database.ts';
import { PostgresDatabase } from './postgres/postgres-database.ts';
import { SqliteDatabase } from './sqlite/sqlite-database.ts';

/** Says where rows live: in a PostgreSQL that nodes share, or else in a folder of this process. */
export interface DatabaseOptions {
  readonly databaseUrl: string | undefined;
  readonly dataDir: string;
  readonly commitMs: number;
  readonly walMs: number;
}

/** Opens the database at start and closes it last. */
@Global()
@Module({})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  static forRoot(options: DatabaseOptions): DynamicModule {
    return {
      module: DatabaseModule,
      providers: [{ provide: DATABASE, useFactory: () => open(options) }],
      exports: [DATABASE],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.database.close();
  }
}

function open({ databaseUrl, dataDir, ...intervals }: DatabaseOptions): Promise<Database> {
  return databaseUrl === undefined ? SqliteDatabase.open(dataDir, intervals) : PostgresDatabase.open(databaseUrl);
}
