// The turns of users: what starts and what erases replies never overlaps for one user, on whatever node.
import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, Optional } from '@nestjs/common';
import { StreamError } from '@sillage/protocol';
import type { Statement } from '../database/database.ts';
import { TURN_GUARD, type TurnGuard } from './turn-guard.ts';
import { Turns } from './turns.ts';

/** So often a turn is taken again that another node was quicker to write; one of them always is the quickest. */
const mostAttempts = 20;
/** At most so long two nodes keep out of each other's way, after the first time. */
const jitterMs = 20;

/** Writes something first what refuses the batch where another node was quicker, and nothing where there is none. */
export type Claim = readonly Statement[];

@Injectable()
export class UserTurns {
  private readonly turns = new Turns();

  constructor(@Optional() @Inject(TURN_GUARD) private readonly guard?: TurnGuard) {}

  /** Runs `task` when it is the user's turn. It reads, decides, and writes its claim with what it decided; where that is
   *  refused (`conflict`), it decides again.
   *  @throws {StreamError} `rate-limited` when other nodes were quicker again and again. */
  take<Result>(userId: string, task: (claim: Claim) => Promise<Result>): Promise<Result> {
    return this.turns.take(userId, () => (this.guard === undefined ? task([]) : this.win(this.guard, userId, task)));
  }

  private async win<Result>(
    guard: TurnGuard,
    userId: string,
    task: (claim: Claim) => Promise<Result>,
  ): Promise<Result> {
    for (let attempt = 0; attempt < mostAttempts; attempt++) {
      if (attempt > 0) await delay(Math.random() * jitterMs);
      const turn = await guard.begin(userId);
      try {
        return await task([turn.claim]);
      } catch (error) {
        const isConflict = error instanceof StreamError && error.code === 'conflict';
        if (!isConflict || !(await turn.isLost())) throw error;
      }
    }
    throw new StreamError('rate-limited', 'Too many starts at the same moment. Try again.', { retryAfter: 1 });
  }
}
