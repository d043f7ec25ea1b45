// The version of each user as a counter in PostgreSQL, incremented in the transaction of each task.
import { Inject, Injectable } from '@nestjs/common';
import { DATABASE, type Database, expectRowChange, type Statement } from '../../database/database.ts';
import type { UserVersion, VersionSnapshot } from './user-version.ts';

@Injectable()
export class PostgresUserVersion implements UserVersion {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  async read(userId: string): Promise<VersionSnapshot> {
    const version = await this.find(userId);
    return {
      increment: this.increment(userId, version),
      hasChanged: async () => (await this.find(userId)) !== version,
    };
  }

  private async find(userId: string): Promise<number> {
    const row = await this.database.query
      .selectFrom('user_turns')
      .select('turn')
      .where('user_id', '=', userId)
      .executeTakeFirst();
    return row?.turn ?? 0;
  }

  private increment(userId: string, version: number): Statement {
    const increment = this.database.query
      .insertInto('user_turns')
      .values({ user_id: userId, turn: version + 1 })
      .onConflict((conflict) =>
        conflict
          .column('user_id')
          .doUpdateSet({ turn: version + 1 })
          .where('user_turns.turn', '=', version),
      );
    return expectRowChange(increment.compile());
  }
}
