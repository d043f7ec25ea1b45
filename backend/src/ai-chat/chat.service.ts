// The chat for the application's own code, without HTTP. Exported by the package.
import { Injectable } from '@nestjs/common';
import type { ChatRequest, Offset, StopResponse, StreamEvent, StreamId, UsageResponse } from '@sillage/protocol';
import { Revocations } from '../auth/revocation/revocations.ts';
import type { User } from '../auth/user.ts';
import type { StreamRecord } from '../streams/stream-store.ts';
import { UsageService } from '../usage/usage.service.ts';
import { ErasingService } from './erasing/erasing.service.ts';
import { type RevokeRequest, revocationOf } from './revoking/revoke-request.ts';
import { readEvents } from './sse/read-events.ts';
import { ReadingService } from './sse/reading.service.ts';
import { chatRequestSchema, parseChat } from './starting/chat-request.dto.ts';
import { UserStreamsService } from './starting/user-streams.service.ts';

/** Starts, reads, stops and erases replies on behalf of a user. The same limits and checks apply as to the routes. */
@Injectable()
export class ChatService {
  constructor(
    private readonly userStreams: UserStreamsService,
    private readonly reads: ReadingService,
    private readonly erasing: ErasingService,
    private readonly usages: UsageService,
    private readonly revocations: Revocations,
  ) {}

  /** Starts a stream; the same `idempotencyKey` finds the one that it started. The generation goes on by itself.
   *  @throws {StreamError} when the request is not allowed; nothing was started then. */
  start(user: User, request: ChatRequest, { idempotencyKey }: { idempotencyKey?: string } = {}): Promise<StreamId> {
    return this.userStreams.start(user, parseChat(chatRequestSchema, request), { key: idempotencyKey });
  }

  /** Finds a stream of this user.
   *  @throws {StreamError} `not-found`. */
  find(user: User, streamId: StreamId): Promise<StreamRecord> {
    return this.userStreams.find(user, streamId);
  }

  /** Yields the events of a stream past `after` as they are stored, up to its end. Leaving the loop does not stop the reply;
   *  aborting `signal` ends the loop.
   *  @throws {StreamError} `not-found`, `gone`, `bad-request`. */
  async *read(
    user: User,
    streamId: StreamId,
    { after = 0, signal }: { after?: Offset; signal?: AbortSignal } = {},
  ): AsyncGenerator<StreamEvent, void, undefined> {
    const read = await this.reads.open(user, streamId, { lastEventId: undefined, after: `${after}` });
    if (read !== undefined) yield* readEvents(read, signal);
  }

  /** Stops a stream of this user, waits for its end and returns it.
   *  @throws {StreamError} `not-found`, `storage`. */
  stop(user: User, streamId: StreamId): Promise<StopResponse> {
    return this.userStreams.stop(user, streamId);
  }

  /** Erases a conversation of this user with its streams or, without a `sessionId`, everything of the user.
   *  @throws {StreamError} `not-found`, `storage`. */
  erase(user: User, { sessionId }: { sessionId?: string } = {}): Promise<void> {
    return sessionId === undefined ? this.erasing.eraseAll(user) : this.erasing.eraseOne(user, sessionId);
  }

  /** Returns what the user has used, today and in the last 30 days. What was erased stays counted. */
  usage(user: User): Promise<UsageResponse> {
    return this.usages.of(user.id);
  }

  /** Revokes a token, by its `jti`, or the tokens of a user that were issued before a moment, by default now. Their event
   *  streams close within 5 s on every node; replies under way continue.
   *  @throws {StreamError} `bad-request`, `storage`; `conflict` with `auth.resolveUser`, where there is no token. */
  async revoke(request: RevokeRequest): Promise<void> {
    await this.revocations.add(revocationOf(request, this.revocations.options.keepMs));
  }
}
