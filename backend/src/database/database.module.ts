// Chooses the database. Everything else asks for the port.
import { type DynamicModule, Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { DATABASE, type Database } from './database.ts';
import { SqliteDatabase } from './sqlite-database.ts';

/** Opens the database at start and closes it last. */
@Global()
@Module({})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  static forRoot({ dataDir, commitMs }: { dataDir: string; commitMs: number }): DynamicModule {
    return {
      module: DatabaseModule,
      providers: [{ provide: DATABASE, useFactory: () => SqliteDatabase.open(dataDir, { commitMs }) }],
      exports: [DATABASE],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.database.close();
  }
}
