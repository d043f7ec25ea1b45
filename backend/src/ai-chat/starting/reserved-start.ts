// Creates streams together with the tokens that their replies may use, and sends their completion requests.
import { Inject, Injectable } from '@nestjs/common';
import { StreamError } from '@sillage/protocol';
import { estimateRequest } from '../../ai/context/token-counts.ts';
import { type Created, type NewStream, STREAM_STORE, type StreamStore } from '../../streams/stream-store.ts';
import { TokenQuota, type Wanted } from '../../usage/token-quota.ts';
import type { SentCompletion } from '../generation/sent-completion.ts';
import type { HeldLock } from './user-lock.ts';

/** Maximum attempts when other starts take what is left for an organization. */
const maxAttempts = 10;

/** Inputs of a start. */
interface Start extends Wanted {
  /** The organization whose limit applies. */
  readonly organization: string | undefined;
  readonly lock: HeldLock;
  readonly send: (maxTokens: number | undefined) => SentCompletion;
}

/** A created stream with its completion request, or the earlier stream with the same idempotency key. */
type Started =
  | (Extract<Created, { isNew: true }> & { readonly sent: SentCompletion })
  | Extract<Created, { isNew: false }>;

@Injectable()
export class ReservedStart {
  constructor(
    @Inject(STREAM_STORE) private readonly store: StreamStore,
    private readonly quota: TokenQuota,
  ) {}

  /** Creates a stream, and sends its completion request: at the same time, unless a limit of tokens or another node may still
   *  refuse the start: a reply has one request. `send` gets the limit of the reply. A request whose stream is not created is cancelled.
   *  @throws {StreamError} as `StreamStore.create`, and `quota-exceeded`. */
  async create(stream: NewStream, { organization, lock, send, ...wanted }: Start): Promise<Started> {
    const { extraStatements = [] } = stream;
    for (let attempt = 1; ; attempt++) {
      const reservation = await this.quota.reserve({ userId: stream.userId, organization }, wanted);
      const requestTokens = reservation?.requestTokens ?? (await estimateRequest(wanted.texts));
      const { reservedTokens, statements = [], maxTokens = wanted.maxTokens } = reservation ?? {};
      const sent = reservation === undefined && lock.isExclusive ? send(maxTokens) : undefined;
      try {
        const created = await this.store.create({
          ...stream,
          accounting: { model: wanted.model, requestTokens, reservedTokens, organization },
          extraStatements: [...extraStatements, ...statements],
        });
        if (created.isNew) return { ...created, sent: sent ?? send(maxTokens) };
        sent?.cancel();
        return created;
      } catch (error) {
        sent?.cancel();
        const isRace = error instanceof StreamError && error.code === 'conflict' && reservation !== undefined;
        if (!isRace || attempt === maxAttempts) throw error;
        await lock.assertHeld(); // otherwise every attempt fails
      }
    }
  }
}
