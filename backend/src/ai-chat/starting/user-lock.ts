// The lock of each user: tasks that start or delete replies of one user never overlap, across all nodes. On one node it is a
// queue; between nodes it is an optimistic lock on the user's version.
import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, Optional } from '@nestjs/common';
import { StreamError } from '@sillage/protocol';
import type { Statement } from '../../database/database.ts';
import { KeyedQueue } from '../../platform/keyed-queue.ts';
import { USER_VERSION, type UserVersion, type VersionSnapshot } from './user-version.ts';

/** Maximum attempts after lost races with other nodes; of the nodes in a race one always succeeds. */
const maxAttempts = 20;
/** Maximum random delay before each retry, which separates the attempts of two nodes. */
const jitterMs = 20;

/** The lock as its task sees it. On a single node it has no statements and cannot be lost. */
export interface HeldLock {
  /** Must come first in the task's batch, which fails if another node has committed since the task began. */
  readonly statements: readonly Statement[];
  /** Whether no other node can commit meanwhile, so that the batch of the task cannot lose a race. */
  readonly isExclusive: boolean;
  /** Checks that no other node has committed since; for use before an effect that a failed batch cannot undo.
   *  @throws {StreamError} `conflict`. */
  assertHeld(): Promise<void>;
}

const singleNodeLock: HeldLock = { statements: [], isExclusive: true, assertHeld: async () => {} };

@Injectable()
export class UserLock {
  private readonly queue = new KeyedQueue();

  constructor(@Optional() @Inject(USER_VERSION) private readonly version?: UserVersion) {}

  /** Runs `task` under the user's lock. The task reads, decides, and commits its changes together with the lock's
   *  statements. If it fails and another node has committed meanwhile, it runs again with the new state.
   *  @throws {StreamError} `rate-limited` when it has lost `maxAttempts` races. */
  run<Result>(userId: string, task: (lock: HeldLock) => Promise<Result>): Promise<Result> {
    const { version } = this;
    return this.queue.run(userId, () =>
      version === undefined ? task(singleNodeLock) : runWithRetry(version, userId, task),
    );
  }
}

async function runWithRetry<Result>(
  version: UserVersion,
  userId: string,
  task: (lock: HeldLock) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    if (attempt > 0) await delay(Math.random() * jitterMs);
    const snapshot = await version.read(userId);
    try {
      return await task({
        statements: [snapshot.increment],
        isExclusive: false,
        assertHeld: () => assertUnchanged(snapshot),
      });
    } catch (error) {
      if (!(error instanceof StreamError) || !(await snapshot.hasChanged())) throw error;
    }
  }
  throw new StreamError('rate-limited', 'Too many concurrent starts. Try again.', { retryAfter: 1 });
}

async function assertUnchanged(snapshot: VersionSnapshot): Promise<void> {
  if (await snapshot.hasChanged()) throw new StreamError('conflict', 'Another reply was started meanwhile. Try again.');
}
