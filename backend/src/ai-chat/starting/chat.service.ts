// Decides what happens to a chat: who may start, read and stop what. Knows no HTTP.
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { type ChatRequest, type StopAnswer, StreamError, type StreamId } from '@sillage/protocol';
import { ulid } from 'ulid';
import { AiService } from '../../ai/ai.service.ts';
import { ContextFitter, type FittedContext } from '../../ai/context/context-fitter.ts';
import { covers } from '../../auth/access.ts';
import type { User } from '../../auth/user.ts';
import { ConversationService } from '../../conversations/conversation.service.ts';
import { ConversationScopes } from '../../conversations/conversation-scopes.ts';
import { Feeds } from '../../conversations/feeds.ts';
import { badField, badFields } from '../../http/errors.ts';
import { type OpenStream, STREAM_STORE, type StreamRecord, type StreamStore } from '../../streams/stream-store.ts';
import { CHAT_OPTIONS, type ChatOptions } from '../chat-options.ts';
import { describeFailure } from '../generation/describe-failure.ts';
import { Generation } from '../generation/generation.ts';
import { RunningGenerations } from '../generation/running-generations.ts';
import { Titler } from '../generation/titler.ts';
import { waitForEnd } from '../generation/wait-for-end.ts';
import { ReplyPlanner, type TurnPlan } from './reply-planner.ts';
import { checkScopes, scopesOf } from './scopes.ts';
import { StartLimits } from './start-limits.ts';
import { type OwnTurn, UserLock } from './user-lock.ts';

/** Starts, finds and stops streams for their owners. */
@Injectable()
export class ChatService {
  private readonly logger = new Logger(ChatService.name);

  constructor(
    @Inject(STREAM_STORE) private readonly store: StreamStore,
    @Inject(CHAT_OPTIONS) private readonly options: ChatOptions,
    private readonly ai: AiService,
    private readonly conversations: ConversationService,
    private readonly scopes: ConversationScopes,
    private readonly planner: ReplyPlanner,
    private readonly generations: RunningGenerations,
    private readonly feeds: Feeds,
    private readonly fitter: ContextFitter,
    private readonly titler: Titler,
    private readonly turns: UserLock,
    private readonly limits: StartLimits,
  ) {}

  /** Starts a stream, or finds the one that the same `key` of this user started. The stream, its key and the user's
   *  message are stored when this resolves; the generation goes on by itself.
   *  Where a stream is `resumed`, nothing is started: it must be the one that `key` started.
   *  @throws {StreamError} a refusal: nothing was started. */
  async start(user: User, request: ChatRequest, { key, resumed }: StartOptions): Promise<StreamId> {
    if (this.store.databaseUnreachable)
      throw new StreamError('storage', 'This server cannot reach its database. Try again soon.');
    checkScopes(user, request);
    if (request.sessionId !== undefined) await this.scopes.check(user, request.sessionId);
    // One after another for each user, so that a conversation has one reply under way, and limits hold.
    return this.turns.take(user.id, async (turn) => {
      const requestHash = hashOf(request);
      const earlier = key === undefined ? undefined : await this.store.findStart(user.id, key);
      if (resumed !== undefined && earlier?.streamId !== resumed) {
        throw badField('Last-Event-ID', 'names another stream');
      }
      if (earlier !== undefined) return sameStart(earlier, requestHash);
      const plan = await this.planAllowed(user, request, turn);
      return this.create(user, request, {
        plan,
        turn,
        ...(key !== undefined && { idempotency: { key, requestHash } }),
      });
    });
  }

  /** Finds a stream of this user.
   *  @throws {StreamError} `not-found` for an unknown one, another user's, and one written under ids that the token lacks. */
  async find(user: User, streamId: StreamId): Promise<StreamRecord> {
    const record = await this.store.find(streamId);
    if (record === undefined || record.userId !== user.id || !covers(user, record.scopes)) {
      throw new StreamError('not-found', 'There is no such stream.');
    }
    return record;
  }

  /** Stops a stream of this user, and waits for its end: what it ended with, the stop or what came before it.
   *  @throws {StreamError} `not-found`, `storage`. */
  async stop(user: User, streamId: StreamId): Promise<StopAnswer> {
    const { end } = await this.find(user, streamId);
    this.titler.stop(streamId);
    if (end !== undefined) return { streamId, finishReason: end.finishReason };
    return { streamId, finishReason: await this.stopOpen(streamId) };
  }

  private async stopOpen(streamId: StreamId) {
    const { nodeLeaseMs, stopIntentMs } = this.options.timings;
    // Stored before its effect, so that a crash between keeps it; a storage that hangs does not keep the model talking.
    const intent = this.store.requestStop(streamId);
    await Promise.race([intent.catch(() => {}), delay(stopIntentMs, undefined, { ref: false })]);
    const end = this.generations.find(streamId)?.endEarly({ finishReason: 'stopped' });
    await intent;
    // Elsewhere, its node is told; where that one is dead, another ends the stream soon after the lease.
    const ended = (await end) ?? (await waitForEnd(this.store, streamId, { withinMs: nodeLeaseMs * 2 }));
    return (ended ?? (await this.store.find(streamId))?.end)?.finishReason ?? ('stopped' as const);
  }

  /** Refuses what may not be started, before the reply that it replaces is stopped. */
  private async planAllowed(user: User, request: ChatRequest, turn: OwnTurn): Promise<TurnPlan> {
    this.refuse(request);
    const maxBytes = this.fitter.mostBytes(request.model ?? this.options.defaultModel);
    const plan = await this.planner.plan(user.id, request, { maxBytes });
    const { sessionId } = request;
    const replaced = sessionId === undefined ? undefined : await this.store.findActive(user.id, sessionId);
    await this.limits.check(user.id, { besides: replaced === undefined ? 0 : 1 });
    await this.titler.makeRoom(user.id);
    if (replaced === undefined) return plan;
    await turn.mustHold(); // or it may be the very stream that the same key started elsewhere a moment ago
    await this.stopOpen(replaced);
    return this.planner.plan(user.id, request, { maxBytes }); // again: what was stopped is context now
  }

  private refuse(request: ChatRequest): void {
    if (this.generations.isClosing) {
      throw new StreamError('shutting-down', 'The server is restarting. Try again in a moment.', { retryAfter: 5 });
    }
    if (!this.options.isEnabled) throw new StreamError('ai-disabled', 'AI replies are switched off on this server.');
    const { maxTemperature, models } = this.options;
    const issues = [];
    if ((request.temperature ?? 0) > maxTemperature) {
      issues.push({ path: ['temperature'], message: `must be at most ${maxTemperature}` });
    }
    if (request.model !== undefined && !models.includes(request.model)) {
      issues.push({ path: ['model'], message: `must be one of ${models.join(', ')}` });
    }
    if (issues.length > 0) throw badFields(issues);
  }

  private async create(user: User, request: ChatRequest, { plan, turn, idempotency }: NewStart): Promise<StreamId> {
    const { sessionId } = request;
    const streamId = ulid();
    const model = request.model ?? this.options.defaultModel;
    const context = await this.fitter.fit(plan.messages, { model, maxTokens: request.maxTokens });
    const trimmedTurns = context.trimmedTurns + plan.omittedTurns;
    const created = await this.store.create({
      streamId,
      userId: user.id,
      ...(sessionId !== undefined && { sessionId }),
      scopes: scopesOf(request),
      ...(idempotency && { idempotency }),
      extraStatements: [
        ...turn.claim,
        ...plan.extraStatements({ streamId, model, ...(trimmedTurns > 0 && { trimmedTurns }) }),
      ],
    });
    if (!created.isNew) return sameStart(created, idempotency?.requestHash);
    if (sessionId !== undefined) this.feeds.wake(user.id);
    this.generate(created.stream, user, { ...request, model }, { ...context, trimmedTurns });
    return streamId;
  }

  private generate(
    stream: OpenStream,
    user: User,
    request: ChatRequest,
    { messages, trimmedTurns }: FittedContext,
  ): void {
    const { sessionId, model, temperature, maxTokens } = request;
    const options = {
      ...(model !== undefined && { model }),
      ...(temperature !== undefined && { temperature }),
      ...(maxTokens !== undefined && { maxTokens }),
    };
    const generation = new Generation({
      stream,
      store: this.store,
      ask: (signal) => this.ai.streamEvents([...messages], user.id, { ...options, signal }),
      extraStatements: ({ text }, end) => this.conversations.endReply(stream.streamId, { text, end }),
      maxReply: this.options.maxReply,
      trimmedTurns,
      onFailure: (error) => this.logger.warn(`Stream ${stream.streamId} failed: ${describeFailure(error)} [${model}]`),
    });
    this.generations.add(generation);
    if (sessionId === undefined) return;
    const key = { userId: user.id, sessionId };
    generation.ended.then(
      (end) => this.titler.afterReply(key, stream.streamId, end),
      () => {}, // the process closes
    );
  }
}

/** How a start may be the same as an earlier one. */
interface StartOptions {
  /** Makes a repeated start the same start. */
  readonly key: string | undefined;
  /** The stream of which the client has seen a part. */
  readonly resumed?: StreamId | undefined;
}

/** Is what a start is written with. */
interface NewStart {
  readonly plan: TurnPlan;
  readonly turn: OwnTurn;
  readonly idempotency?: { readonly key: string; readonly requestHash: string };
}

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
