// The turns of users: what starts and what erases replies never overlaps for one user, on whatever node.
import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, Optional } from '@nestjs/common';
import { StreamError } from '@sillage/protocol';
import type { Statement } from '../../database/database.ts';
import { KeyedQueue } from './keyed-queue.ts';
import { type Turn, USER_VERSION, type UserVersion } from './user-version.ts';

/** So often a turn is taken again that another node was quicker to write; one of them always is the quickest. */
const mostAttempts = 20;
/** At most so long two nodes keep out of each other's way, after the first time. */
const jitterMs = 20;

/** Is a turn as its task has it. Where there is one node, there is nothing to claim or to lose. */
export interface OwnTurn {
  /** Goes first in the batch that the turn is for, which is refused where another node was quicker. */
  readonly claim: readonly Statement[];
  /** Refuses where one was: asked before what a batch cannot undo.
   *  @throws {StreamError} `conflict`. */
  mustHold(): Promise<void>;
}

const alone: OwnTurn = { claim: [], mustHold: async () => {} };

@Injectable()
export class UserLock {
  private readonly turns = new KeyedQueue();

  constructor(@Optional() @Inject(USER_VERSION) private readonly guard?: UserVersion) {}

  /** Runs `task` when it is the user's turn. It reads, decides, and writes its claim with what it decided. Where it is
   *  refused, for whatever reason, and another node was quicker meanwhile, it decides again on what is there then.
   *  @throws {StreamError} `rate-limited` when other nodes were quicker again and again. */
  take<Result>(userId: string, task: (turn: OwnTurn) => Promise<Result>): Promise<Result> {
    return this.turns.take(userId, () => (this.guard === undefined ? task(alone) : this.win(this.guard, userId, task)));
  }

  private async win<Result>(
    guard: UserVersion,
    userId: string,
    task: (turn: OwnTurn) => Promise<Result>,
  ): Promise<Result> {
    for (let attempt = 0; attempt < mostAttempts; attempt++) {
      if (attempt > 0) await delay(Math.random() * jitterMs);
      const turn = await guard.begin(userId);
      try {
        return await task({ claim: [turn.claim], mustHold: () => mustHold(turn) });
      } catch (error) {
        if (!(error instanceof StreamError) || !(await turn.isLost())) throw error;
      }
    }
    throw new StreamError('rate-limited', 'Too many starts at the same moment. Try again.', { retryAfter: 1 });
  }
}

async function mustHold(turn: Turn): Promise<void> {
  if (await turn.isLost()) throw new StreamError('conflict', 'Something was started meanwhile. Try again.');
}
