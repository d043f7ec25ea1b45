// Reads one reply from the connection to its end, including timeouts, faults and aborts. The provider's connection is
// always closed at once, except after a normal end, when it is reused. No promise is created for a read, only for an event.
import type { StreamError, Usage } from '@sillage/protocol';
import { type AiTimings, defaultAiTimings } from '../../ai-options.ts';
import type { ModelEvent, ModelFinishReason } from '../../model-event.ts';
import { failureOf } from '../failures/provider-errors.ts';
import { EventQueue } from './event-queue.ts';
import type { ProviderBody } from './provider-body.ts';
import { ProviderStream } from './provider-stream.ts';
import { ReplyTimers } from './reply-timers.ts';

/** What the provider has said when its connection is closed. */
export interface ClosedReply {
  readonly model: string | undefined;
  readonly usage: Usage | undefined;
  /** `undefined` unless the model has finished. */
  readonly finishReason: ModelFinishReason | undefined;
  readonly failure: StreamError | undefined;
}

/** Inputs of `readReply`. */
export interface ReplyRequest {
  /** Sends the completion request. Resolves with the response body, rejects when the signal is aborted. */
  readonly send: (connection: AbortSignal) => Promise<ProviderBody>;
  /** Creates the error that is thrown for any failure. */
  readonly failure: (error: unknown) => StreamError | Promise<StreamError>;
  /** Called with an unknown finish reason. */
  readonly onUnknownFinishReason?: (said: string) => void;
  /** Called before the first event is yielded. */
  readonly onFirstEvent?: (() => void) | undefined;
  /** Called once the connection is closed or released. */
  readonly onClosed?: ((reply: ClosedReply) => void) | undefined;
  /** Called with each usage that the provider sends. Before the end it may count less than the whole reply. */
  readonly onUsage?: ((usage: Usage) => void) | undefined;
  readonly timings: AiTimings;
  /** Whether `<think>` tags are read as reasoning. Default: true. */
  readonly thinkTags?: boolean | undefined;
  /** Ends the reply early, as leaving the loop does. */
  readonly signal?: AbortSignal | undefined;
}

/** Yields the model's events, merged per read, then exactly one `end`. After an abort it returns without `end`. Its `return()`
 *  closes the connection at once, also while it awaits.
 *  @throws {StreamError} created by `failure`. */
export function readReply(request: ReplyRequest): AsyncGenerator<ModelEvent, void, unknown> {
  return new EventQueue<ModelEvent>((queue) => pushReply(request, queue));
}

async function pushReply(request: ReplyRequest, queue: EventQueue<ModelEvent>): Promise<void> {
  const { signal } = request;
  const isLeft = () => signal?.aborted || queue.isOver;
  if (isLeft()) return;
  const timings = { ...defaultAiTimings, ...request.timings };
  const connection = new AbortController();
  const disconnect = () => {
    connection.abort();
    body?.close();
  };
  signal?.addEventListener('abort', disconnect, { once: true });
  queue.onReturn = disconnect;
  const timers = new ReplyTimers(timings, disconnect);
  const stream = new ProviderStream({ thinkTags: request.thinkTags ?? true });
  let body: ProviderBody | undefined;
  let hasBegun = false;
  let finishReason: ModelFinishReason | undefined;
  let failure: StreamError | undefined;
  try {
    body = await abortable(request.send(connection.signal), connection.signal);
    const take = (bytes: Buffer): boolean => {
      timers.heard();
      const { usage } = stream;
      const events = stream.push(bytes);
      if (stream.usage !== undefined && stream.usage !== usage) request.onUsage?.(stream.usage);
      if (!hasBegun && events.length > 0) {
        hasBegun = true;
        request.onFirstEvent?.();
      }
      queue.push(events);
      if (events.length > 0) timers.heardText();
      if (stream.isFinished) timers.end(timings.endGraceMs, { again: events.length > 0 });
      if (queue.isWaiting) timers.wait();
      return !stream.isOver;
    };
    const reply = body;
    queue.onWaiting = () => {
      if (!reply.continue()) timers.wait();
    };
    timers.wait();
    await reply.read(take, { isWanted: () => queue.isWaiting });
    timers.heard();
    if (isLeft()) return;
    const isUnfinished = !stream.isFinished && !stream.isOver;
    queue.push(stream.endOfBody());
    if (isUnfinished) throwIfBroken(body, connection.signal);
    if (stream.failure !== undefined && !stream.isFinished) throw stream.failure;
    body.release(timings.endGraceMs);
    body = undefined;
    queue.onReturn = () => {}; // the connection is free for another reply
    signal?.removeEventListener('abort', disconnect);
    if (stream.unknownFinishReason !== undefined) request.onUnknownFinishReason?.(stream.unknownFinishReason);
    const end = stream.end();
    finishReason = end.finishReason;
    queue.push([end]);
  } catch (error) {
    if (isLeft()) return;
    failure = await request.failure(connection.signal.aborted ? timedOut(error) : error);
    throw failure;
  } finally {
    queue.onWaiting = () => {};
    timers.stop();
    signal?.removeEventListener('abort', disconnect);
    body?.close();
    request.onClosed?.({ model: stream.model, usage: stream.usage, finishReason, failure });
  }
}

/** Resolves like `response`, but rejects at once when `signal` aborts; a body that arrives later is closed. */
function abortable(response: Promise<ProviderBody>, signal: AbortSignal): Promise<ProviderBody> {
  const { promise, resolve, reject } = Promise.withResolvers<ProviderBody>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  response.then((body) => {
    if (signal.aborted) body.close();
    resolve(body);
  }, reject);
  return promise.finally(() => signal.removeEventListener('abort', abort));
}

function throwIfBroken(body: ProviderBody, connection: AbortSignal): void {
  connection.throwIfAborted();
  if (body.failure !== undefined) throw body.failure;
}

function timedOut(cause: unknown): StreamError {
  return failureOf('provider-timeout', { cause });
}
