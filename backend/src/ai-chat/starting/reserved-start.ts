// Creates streams together with the tokens that their replies may use.
import { Inject, Injectable } from '@nestjs/common';
import { StreamError } from '@sillage/protocol';
import { estimateRequest } from '../../ai/context/token-counts.ts';
import { type Created, type NewStream, STREAM_STORE, type StreamStore } from '../../streams/stream-store.ts';
import { TokenQuota, type Wanted } from '../../usage/token-quota.ts';
import type { HeldLock } from './user-lock.ts';

/** Maximum attempts when other starts take what is left for an organization. */
const maxAttempts = 10;

/** Inputs of a start. */
interface Start extends Wanted {
  /** The organization whose limit applies. */
  readonly organization: string | undefined;
  readonly lock: HeldLock;
}

@Injectable()
export class ReservedStart {
  constructor(
    @Inject(STREAM_STORE) private readonly store: StreamStore,
    private readonly quota: TokenQuota,
  ) {}

  /** Creates a stream. `maxTokens` is the limit of its reply, where a limit of tokens a day applies.
   *  @throws {StreamError} as `StreamStore.create`, and `quota-exceeded`. */
  async create(
    stream: NewStream,
    { organization, lock, ...wanted }: Start,
  ): Promise<{ readonly created: Created; readonly maxTokens: number | undefined }> {
    const { extraStatements = [] } = stream;
    for (let attempt = 1; ; attempt++) {
      const reservation = await this.quota.reserve({ userId: stream.userId, organization }, wanted);
      const requestTokens = reservation?.requestTokens ?? (await estimateRequest(wanted.texts));
      const { reservedTokens, statements = [], maxTokens = wanted.maxTokens } = reservation ?? {};
      try {
        const created = await this.store.create({
          ...stream,
          accounting: { model: wanted.model, requestTokens, reservedTokens, organization },
          extraStatements: [...extraStatements, ...statements],
        });
        return { created, maxTokens };
      } catch (error) {
        const isRace = error instanceof StreamError && error.code === 'conflict' && reservation !== undefined;
        if (!isRace || attempt === maxAttempts) throw error;
        await lock.assertHeld(); // otherwise every attempt fails
      }
    }
  }
}
