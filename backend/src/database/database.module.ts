// Chooses the database. Everything else injects the port, `DATABASE`.
import { type DynamicModule, Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { DATABASE, type Database } from './database.ts';
import { PostgresDatabase } from './postgres/postgres-database.ts';
import { SqliteDatabase } from './sqlite/sqlite-database.ts';

/** Location of the database: the PostgreSQL at `databaseUrl`, which nodes share, or else the folder `dataDir`. */
export interface DatabaseOptions {
  readonly databaseUrl: string | undefined;
  readonly dataDir: string;
  readonly commitMs: number;
  readonly walMs: number;
}

/** Opens the database at startup, and closes it after everything that uses it. */
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
