// Starts, finds and stops streams, and checks whether a user may do so. Independent of HTTP.
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { type ChatRequest, type StopResponse, StreamError, type StreamId } from '@sillage/protocol';
import { ContextFitter } from '../../ai/context/context-fitter.ts';
import { covers } from '../../auth/access.ts';
import type { User } from '../../auth/user.ts';
import type { ConversationState } from '../../conversations/conversation.service.ts';
import { Feeds } from '../../conversations/feed/feeds.ts';
import { ConversationScopes } from '../../conversations/scopes/conversation-scopes.ts';
import { badField } from '../../http/errors.ts';
import { OBSERVER, type Observer } from '../../observing/observer.ts';
import { TRACING, type Tracing, traced } from '../../observing/tracing.ts';
import { idFactory } from '../../streams/new-ids.ts';
import { StreamDirectory } from '../../streams/stream-directory.ts';
import { STREAM_STORE, type StreamRecord, type StreamStore } from '../../streams/stream-store.ts';
import { TokenQuota } from '../../usage/token-quota.ts';
import { CHAT_OPTIONS, type ChatOptions } from '../chat-options.ts';
import { EndHooks } from '../generation/end-hooks.ts';
import { GenerationStarter } from '../generation/generation-starter.ts';
import { RunningGenerations } from '../generation/running-generations.ts';
import { Titler } from '../generation/titler.ts';
import { waitForEnd } from '../generation/wait-for-end.ts';
import type { PreparedChat } from '../hooks.ts';
import { chosenModel } from './chosen-model.ts';
import { type ReplyPlan, ReplyPlanner } from './reply-planner.ts';
import { ReservedStart } from './reserved-start.ts';
import { checkScopes, organizationOf, scopesOf } from './scopes.ts';
import { StartLimits } from './start-limits.ts';
import { StartSettings } from './start-settings.ts';
import { type HeldLock, UserLock } from './user-lock.ts';

/** Starts, finds and stops streams for their owners. */
@Injectable()
export class UserStreamsService {
  private readonly newId = idFactory();

  constructor(
    @Inject(STREAM_STORE) private readonly store: StreamStore,
    @Inject(CHAT_OPTIONS) private readonly options: ChatOptions,
    private readonly streams: StreamDirectory,
    private readonly scopes: ConversationScopes,
    private readonly planner: ReplyPlanner,
    private readonly generations: RunningGenerations,
    private readonly feeds: Feeds,
    private readonly fitter: ContextFitter,
    private readonly titler: Titler,
    private readonly userLock: UserLock,
    private readonly limits: StartLimits,
    private readonly settings: StartSettings,
    private readonly endHooks: EndHooks,
    private readonly starter: GenerationStarter,
    private readonly reserved: ReservedStart,
    private readonly quota: TokenQuota,
    @Inject(OBSERVER) private readonly observer: Observer,
    @Inject(TRACING) private readonly tracing: Tracing,
  ) {}

  /** Starts a stream, or finds the one that this user started with the same `key`. The stream, its key and the user's
   *  message are stored when this resolves; the generation continues on its own.
   *  If a stream is `resumed`, nothing is started: it must be the one that `key` started.
   *  @throws {StreamError} when the request is not allowed; nothing was started then. */
  start(user: User, request: ChatRequest, options: StartOptions): Promise<StreamId> {
    return traced(this.tracing, 'sillage.start', async (span) => {
      const streamId = await this.startAllowed(user, request, options);
      span.set({ 'sillage.stream.id': streamId });
      return streamId;
    });
  }

  private async startAllowed(user: User, request: ChatRequest, { key, resumed }: StartOptions): Promise<StreamId> {
    if (this.store.databaseUnreachable)
      throw new StreamError('storage', 'This server cannot reach its database. Try again in a moment.');
    checkScopes(user, request);
    if (request.sessionId !== undefined) await this.scopes.check(user, request.sessionId);
    return this.generations.trackStart(() => this.startLocked(user, request, { key, resumed }));
  }

  private startLocked(user: User, request: ChatRequest, { key, resumed }: StartOptions): Promise<StreamId> {
    // The starts of one user run one after another, so that a conversation has one active reply and limits hold.
    return this.userLock.run(user.id, async (lock) => {
      const idempotency = key === undefined ? undefined : { key, requestHash: hashOf(request) };
      const earlier = idempotency && (await this.streams.findStart(user.id, idempotency.key));
      if (resumed !== undefined && earlier?.streamId !== resumed) {
        throw badField('Last-Event-ID', 'names another stream');
      }
      if (earlier !== undefined) return sameStart(earlier, idempotency?.requestHash);
      this.checkRequest(request);
      const { completed, state } = await this.settings.complete(user.id, request);
      const plan = await this.planAllowed(user, completed, { lock, state });
      const prepared = await this.options.prepare?.({ request: completed, messages: plan.messages }, user);
      return this.create(user, completed, {
        prepared,
        plan,
        lock,
        namedSystemPrompt: request.systemPrompt,
        ...(idempotency && { idempotency }),
      });
    });
  }

  /** Finds a stream of this user.
   *  @throws {StreamError} `not-found` for an unknown stream, another user's, and one whose scopes the token does not list. */
  async find(user: User, streamId: StreamId): Promise<StreamRecord> {
    const record = await this.store.find(streamId);
    if (record === undefined || record.userId !== user.id || !covers(user, record.scopes)) {
      throw new StreamError('not-found', 'This stream does not exist.');
    }
    return record;
  }

  /** Whether the text of a stream is still kept: not deleted, and ended for less than the retention. The sweep that deletes an
   *  expired text may run later. */
  isKept({ endedAt, isForgotten }: StreamRecord): boolean {
    return !isForgotten && (endedAt === undefined || Date.now() - endedAt < this.options.timings.retentionMs);
  }

  /** Finds the stream of a conversation's reply under way. `afterStarts`: starts of the user that this node is still deciding
   *  come first. */
  findActive(user: User, sessionId: string, { afterStarts = false } = {}): Promise<StreamId | undefined> {
    const find = () => this.streams.findActive(user.id, sessionId);
    return afterStarts ? this.userLock.run(user.id, find) : find();
  }

  /** Stops a stream of this user, waits for its end and returns it. The stream may have ended otherwise before the stop.
   *  @throws {StreamError} `not-found`, `storage`. */
  async stop(user: User, streamId: StreamId): Promise<StopResponse> {
    const { end } = await this.find(user, streamId);
    this.titler.stop(streamId);
    if (end !== undefined) return { streamId, finishReason: end.finishReason };
    return { streamId, finishReason: await this.stopOpen(streamId) };
  }

  private async stopOpen(streamId: StreamId) {
    const { nodeLeaseMs, stopIntentMs } = this.options.timings;
    const at = performance.now();
    // The intent is stored before it takes effect, so that it survives a crash. If the storage hangs, the generation is
    // aborted after `stopIntentMs` anyway.
    const intent = this.store.requestStop(streamId);
    await Promise.race([intent.catch(() => {}), delay(stopIntentMs, undefined, { ref: false })]);
    const end = this.generations.find(streamId)?.endEarly({ finishReason: 'stopped' });
    await intent;
    // The generation may run on another node, which reads the intent; if that node is dead, another one ends the stream
    // after its lease has expired.
    const ended = (await end) ?? (await waitForEnd(this.store, streamId, { withinMs: nodeLeaseMs * 2 }));
    this.observer.stopped?.(performance.now() - at);
    return (ended ?? (await this.store.find(streamId))?.end)?.finishReason ?? ('stopped' as const);
  }

  /** Checks that a start is allowed and plans it, then stops the active reply that it replaces. */
  private async planAllowed(
    user: User,
    request: ChatRequest,
    { lock, state }: { lock: HeldLock; state: ConversationState | undefined },
  ): Promise<ReplyPlan> {
    const maxBytes = this.fitter.mostBytes(request.model ?? this.options.defaultModel);
    const plan = await this.planner.plan(user.id, request, { maxBytes, state });
    const { sessionId } = request;
    const replaced = sessionId === undefined ? undefined : await this.streams.findActive(user.id, sessionId);
    await this.limits.check(user.id, { replaces: replaced === undefined ? 0 : 1 });
    await this.quota.check({ userId: user.id, organization: this.organizationOf(user, request) }, replaced);
    await this.titler.makeRoom(user.id);
    if (replaced === undefined) return plan;
    await lock.assertHeld(); // otherwise another node may have just started this stream with the same key
    await this.stopOpen(replaced);
    return this.planner.plan(user.id, request, { maxBytes }); // again, as the stopped reply is part of the context now
  }

  /** Returns the organization whose limit of tokens applies. */
  private organizationOf(user: User, request: ChatRequest): string | undefined {
    return this.quota.limitsOrganizations ? organizationOf(user, request) : undefined;
  }

  private checkRequest(request: ChatRequest): void {
    this.checkOpen();
    if (!this.options.isEnabled) throw new StreamError('ai-disabled', 'AI replies are disabled on this server.');
    this.settings.check(request);
  }

  private checkOpen(): void {
    if (!this.generations.isClosing) return;
    throw new StreamError('shutting-down', 'The server is restarting. Try again in a moment.', { retryAfter: 5 });
  }

  private async create(
    user: User,
    request: ChatRequest,
    { plan, prepared = {}, lock, idempotency, namedSystemPrompt }: NewStart,
  ): Promise<StreamId> {
    const { sessionId } = request;
    const streamId = this.newId();
    const { provider } = prepared;
    const { systemPrompt, temperature, own } = this.settings.decide(request, prepared);
    const model = chosenModel(prepared, request, this.options);
    const context = await this.fitter.fit(prepared.messages ?? plan.messages, {
      model,
      maxTokens: request.maxTokens,
      systemPrompt,
    });
    const trimmedTurns = context.trimmedTurns + plan.omittedTurns;
    const { messages } = context;
    const wanted = {
      texts: this.starter.textsOf({ messages, systemPrompt }),
      model,
      maxTokens: this.fitter.limitOf(request.maxTokens),
      usualTokens: this.fitter.usualTokens(model),
      organization: this.organizationOf(user, request),
      lock,
      send: (maxTokens: number | undefined) =>
        this.starter.send(
          user.id,
          { sessionId, model, temperature, maxTokens },
          { messages, trimmedTurns, systemPrompt, provider },
        ),
    };
    const stream = {
      streamId,
      userId: user.id,
      ...(sessionId !== undefined && { sessionId }),
      scopes: scopesOf(request),
      ...(idempotency && { idempotency }),
      extraStatements: [
        ...lock.statements,
        ...this.endHooks.statementsFor(streamId),
        ...plan.extraStatements({ streamId, model, ...own, ...(trimmedTurns > 0 && { trimmedTurns }) }),
        ...this.settings.keep(user.id, sessionId, namedSystemPrompt),
      ],
    };
    this.checkOpen(); // the shutdown may have begun while the start was decided
    const started = await this.reserved.create(stream, wanted);
    if (!started.isNew) return sameStart(started, idempotency?.requestHash);
    if (sessionId !== undefined) this.feeds.notify(user.id);
    this.starter.start(started.stream, started.sent);
    return streamId;
  }
}

/** Identifies a start that may be a repetition. */
interface StartOptions {
  /** The idempotency key. */
  readonly key: string | undefined;
  /** The stream that the client has already begun to read. */
  readonly resumed?: StreamId | undefined;
}

/** Inputs for creating a stream. */
interface NewStart {
  readonly prepared: PreparedChat | undefined;
  readonly plan: ReplyPlan;
  readonly lock: HeldLock;
  /** The system prompt that the request itself names, which is kept with the conversation. */
  readonly namedSystemPrompt: string | undefined;
  readonly idempotency?: { readonly key: string; readonly requestHash: string };
}

/** Returns the stream of an earlier start with the same key.
 *  @throws {StreamError} `gone` when it was deleted, `conflict` when its request was another one. */
function sameStart(earlier: { streamId: StreamId; requestHash: string }, requestHash: string | undefined): StreamId {
  if (earlier.requestHash === '') throw new StreamError('gone', 'This reply was deleted.');
  if (earlier.requestHash === requestHash) return earlier.streamId;
  throw new StreamError(
    'conflict',
    'This Idempotency-Key was used for another request. Use a new key for a new message.',
  );
}

function hashOf(request: ChatRequest): string {
  const sorted = Object.entries(request).sort(([one], [other]) => (one < other ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex');
}
