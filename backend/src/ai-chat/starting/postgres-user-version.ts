// A counter of each user's turns, raised in the transaction of whatever the turn was taken for.
import { Inject, Injectable } from '@nestjs/common';
import { DATABASE, type Database, expectRowChange, type Statement } from '../../database/database.ts';
import type { Turn, UserVersion } from './user-version.ts';

@Injectable()
export class PostgresUserVersion implements UserVersion {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  async begin(userId: string): Promise<Turn> {
    const turn = await this.read(userId);
    return {
      claim: this.raise(userId, turn),
      isLost: async () => (await this.read(userId)) !== turn,
    };
  }

  private async read(userId: string): Promise<number> {
    const row = await this.database.query
      .selectFrom('user_turns')
      .select('turn')
      .where('user_id', '=', userId)
      .executeTakeFirst();
    return row?.turn ?? 0;
  }

  private raise(userId: string, turn: number): Statement {
    const raise = this.database.query
      .insertInto('user_turns')
      .values({ user_id: userId, turn: turn + 1 })
      .onConflict((conflict) =>
        conflict
          .column('user_id')
          .doUpdateSet({ turn: turn + 1 })
          .where('user_turns.turn', '=', turn),
      );
    return expectRowChange(raise.compile());
  }
}
