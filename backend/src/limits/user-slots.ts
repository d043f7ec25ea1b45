// Limits on concurrent activities, counted per user, so that one user cannot use the capacity of all.
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { StreamError } from '@sillage/protocol';
import { LIMITS, type Limits } from './limits.ts';
import { SHARED_COUNTS, type SharedCounts } from './shared/shared-counts.ts';
import { SharedSlots } from './shared/shared-slots.ts';

/** Counts the activities in progress of each user on this node, up to `max`. */
export class UserSlots {
  readonly #taken = new Map<string, number>();
  readonly #options: { readonly max: number; readonly message: string };

  /** `message`: the error message for a user whose slots are all taken. */
  constructor(options: { readonly max: number; readonly message: string }) {
    this.#options = options;
  }

  /** Takes a slot; the returned function releases it and may be called more than once.
   *  @throws {StreamError} `rate-limited` when all are taken. */
  take(userId: string): () => void {
    const taken = this.countOf(userId);
    if (taken >= this.#options.max) throw this.error();
    this.#taken.set(userId, taken + 1);
    let isTaken = true;
    return () => {
      if (isTaken) this.#release(userId);
      isTaken = false;
    };
  }

  /** The number of taken slots. */
  countOf(userId: string): number {
    return this.#taken.get(userId) ?? 0;
  }

  /** The error for a user whose slots are all taken. */
  error(): StreamError {
    return new StreamError('rate-limited', this.#options.message, { retryAfter: 5 });
  }

  #release(userId: string): void {
    const left = this.countOf(userId) - 1;
    if (left === 0) this.#taken.delete(userId);
    else this.#taken.set(userId, left);
  }
}

/** Limits the open readers and feeds of each user: on this node, or on all nodes together. */
@Injectable()
export class ReaderSlots implements OnApplicationShutdown {
  private readonly own: UserSlots;
  private readonly all: SharedSlots | undefined;
  private readonly max: number;

  constructor(
    @Inject(LIMITS) { connectionsPerUser: max }: Pick<Limits, 'connectionsPerUser'>,
    @Inject(SHARED_COUNTS) shared: SharedCounts | undefined,
  ) {
    this.max = max;
    this.own = new UserSlots({ max, message: `You have ${max} open connections. Close one of them.` });
    this.all = shared && new SharedSlots(shared, (userId) => this.own.countOf(userId));
  }

  /** Takes a slot; the returned function releases it and may be called more than once.
   *  @throws {StreamError} `rate-limited` when all are taken. */
  async take(userId: string): Promise<() => void> {
    const release = this.own.take(userId);
    const { all } = this;
    if (all === undefined) return release;
    const releaseEverywhere = () => {
      release();
      void all.publish(userId);
    };
    if (await all.admits(userId, this.max)) return releaseEverywhere;
    releaseEverywhere();
    throw this.own.error();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.all?.close();
  }
}

/** Limits the large request bodies of each user that the server is receiving. */
@Injectable()
export class UploadSlots extends UserSlots {
  constructor(@Inject(LIMITS) { uploadsPerUser: max }: Pick<Limits, 'uploadsPerUser'>) {
    super({ max, message: `You are already sending ${max} requests. Wait for one of them to finish.` });
  }
}
