// Limits on concurrent activities on this node, counted per user, so that one user cannot use the capacity of all.
import { Inject, Injectable } from '@nestjs/common';
import { StreamError } from '@sillage/protocol';
import { LIMITS, type Limits } from './limits.ts';

/** Counts the activities in progress of each user, up to `max`. */
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
    const taken = this.#taken.get(userId) ?? 0;
    const { max, message } = this.#options;
    if (taken >= max) throw new StreamError('rate-limited', message, { retryAfter: 5 });
    this.#taken.set(userId, taken + 1);
    let isTaken = true;
    return () => {
      if (isTaken) this.#release(userId);
      isTaken = false;
    };
  }

  #release(userId: string): void {
    const left = (this.#taken.get(userId) ?? 1) - 1;
    if (left === 0) this.#taken.delete(userId);
    else this.#taken.set(userId, left);
  }
}

/** Limits the open readers and feeds of each user. */
@Injectable()
export class ReaderSlots extends UserSlots {
  constructor(@Inject(LIMITS) { connectionsPerUser: max }: Pick<Limits, 'connectionsPerUser'>) {
    super({ max, message: `You have ${max} open connections. Close one of them.` });
  }
}

/** Limits the large request bodies of each user that the server is receiving. */
@Injectable()
export class UploadSlots extends UserSlots {
  constructor(@Inject(LIMITS) { uploadsPerUser: max }: Pick<Limits, 'uploadsPerUser'>) {
    super({ max, message: `You are already sending ${max} requests. Wait for one of them to finish.` });
  }
}
