// How many things of a kind a user has under way on this node. Kept by the user, so that one cannot take the place of all.
import { Inject, Injectable } from '@nestjs/common';
import { StreamError } from '@sillage/protocol';
import { LIMITS, type Limits } from './limits.ts';

/** Counts what each user has under way, up to `most`. */
export class UserSlots {
  readonly #taken = new Map<string, number>();
  readonly #options: { readonly most: number; readonly message: string };

  /** `message` tells a user whose slots are all taken what to do. */
  constructor(options: { readonly most: number; readonly message: string }) {
    this.#options = options;
  }

  /** Takes a slot; the returned function gives it back, once.
   *  @throws {StreamError} `rate-limited` when all are taken. */
  take(userId: string): () => void {
    const taken = this.#taken.get(userId) ?? 0;
    const { most, message } = this.#options;
    if (taken >= most) throw new StreamError('rate-limited', message, { retryAfter: 5 });
    this.#taken.set(userId, taken + 1);
    let isTaken = true;
    return () => {
      if (isTaken) this.#giveBack(userId);
      isTaken = false;
    };
  }

  #giveBack(userId: string): void {
    const left = (this.#taken.get(userId) ?? 1) - 1;
    if (left === 0) this.#taken.delete(userId);
    else this.#taken.set(userId, left);
  }
}

/** Counts the readers and feeds of each user. */
@Injectable()
export class ReaderSlots extends UserSlots {
  constructor(@Inject(LIMITS) { connectionsPerUser: most }: Pick<Limits, 'connectionsPerUser'>) {
    super({ most, message: `${most} connections are open already. Close one of them.` });
  }
}

/** Counts the request bodies of each user that are being received. */
@Injectable()
export class UploadSlots extends UserSlots {
  constructor(@Inject(LIMITS) { uploadsPerUser: most }: Pick<Limits, 'uploadsPerUser'>) {
    super({ most, message: `${most} requests are being sent already. Wait for one of them.` });
  }
}
