// Reads one reply from the connection to its end, including timeouts, faults and aborts. The provider's connection is
// always closed at once, except after a normal end, when it is reused.
import type { StreamError, Usage } from '@sillage/protocol';
import { type AiTimings, defaultAiTimings } from '../../ai-options.ts';
import type { ModelEvent, ModelFinishReason } from '../../model-event.ts';
import { failureOf } from '../failures/provider-errors.ts';
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
  /** Ends the reply early. */
  readonly signal: AbortSignal;
}

/** Yields the model's events, merged per read, then exactly one `end`. After an abort it returns without `end`.
 *  @throws {StreamError} created by `failure`. */
export async function* readReply(request: ReplyRequest): AsyncGenerator<ModelEvent, void, unknown> {
  const { signal } = request;
  if (signal.aborted) return;
  const timings = { ...defaultAiTimings, ...request.timings };
  const connection = new AbortController();
  const disconnect = () => {
    connection.abort();
    body?.close();
  };
  signal.addEventListener('abort', disconnect, { once: true });
  const timers = new ReplyTimers(timings, disconnect);
  const stream = new ProviderStream({ thinkTags: request.thinkTags ?? true });
  let body: ProviderBody | undefined;
  let hasBegun = false;
  let finishReason: ModelFinishReason | undefined;
  let failure: StreamError | undefined;
  try {
    body = await abortable(request.send(connection.signal), connection.signal);
    timers.heard();
    while (!stream.isOver && !connection.signal.aborted) {
      const bytes = body.read();
      if (bytes !== undefined) {
        const { usage } = stream;
        const events = stream.push(bytes);
        if (stream.usage !== undefined && stream.usage !== usage) request.onUsage?.(stream.usage);
        if (!hasBegun && events.length > 0) {
          hasBegun = true;
          request.onFirstEvent?.();
        }
        for (const event of events) yield event;
        if (events.length > 0) timers.heardText();
        if (stream.isFinished) timers.end(timings.endGraceMs, { again: events.length > 0 });
      } else if (body.isOver) {
        break;
      } else {
        timers.wait();
        await body.more();
        timers.heard();
      }
    }
    if (signal.aborted) return;
    const isUnfinished = !stream.isFinished && !stream.isOver;
    for (const event of stream.endOfBody()) yield event;
    if (isUnfinished) throwIfBroken(body, connection.signal);
    if (stream.failure !== undefined && !stream.isFinished) throw stream.failure;
    body.release(timings.endGraceMs);
    body = undefined;
    if (stream.unknownFinishReason !== undefined) request.onUnknownFinishReason?.(stream.unknownFinishReason);
    const end = stream.end();
    finishReason = end.finishReason;
    yield end;
  } catch (error) {
    if (signal.aborted) return;
    failure = await request.failure(connection.signal.aborted ? timedOut(error) : error);
    throw failure;
  } finally {
    timers.stop();
    signal.removeEventListener('abort', disconnect);
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
