// Follows one completion request from the connection to the end of the reply: timeouts, faults and aborts are decided
// here. However it ends, the provider's connection is closed at once; after a good end it is free for the next request.
import type { StreamError } from '@sillage/protocol';
import { type AiTimings, defaultAiTimings } from '../ai-options.ts';
import type { ModelEvent } from '../model-event.ts';
import type { ProviderBody } from './provider-body.ts';
import { failureOf } from './provider-errors.ts';
import { ProviderStream } from './provider-stream.ts';
import { ReplyTimers } from './reply-timers.ts';

/** What `readReply` asks, and how long it waits. */
export interface ReplyRequest {
  /** Asks the model; resolves with the body of its response, rejects when the signal is aborted. */
  readonly ask: (connection: AbortSignal) => Promise<ProviderBody>;
  /** Makes the error that is thrown for whatever went wrong. */
  readonly failure: (error: unknown) => StreamError | Promise<StreamError>;
  /** Called with a word for the end of a reply that is not known. */
  readonly onUnknownFinishReason?: (said: string) => void;
  readonly timings: AiTimings;
  /** Takes `<think>` tags for reasoning, unless it is false. */
  readonly thinkTags?: boolean | undefined;
  /** Ends the reply early. */
  readonly signal: AbortSignal;
}

/** Yields what the model says, merged per read, and `end` exactly once as the last; once aborted it returns without.
 *  @throws {StreamError} what `failure` made. */
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
  try {
    body = await abortable(request.ask(connection.signal), connection.signal);
    timers.heard();
    while (!stream.isOver && !connection.signal.aborted) {
      const bytes = body.read();
      if (bytes !== undefined) {
        const events = stream.push(bytes);
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
    if (!stream.isFinished && !stream.isOver) throwIfBroken(body, connection.signal);
    for (const event of stream.endOfBody()) yield event;
    if (stream.failure !== undefined && !stream.isFinished) throw stream.failure;
    body.release(timings.endGraceMs);
    body = undefined;
    if (stream.unknownFinishReason !== undefined) request.onUnknownFinishReason?.(stream.unknownFinishReason);
    yield stream.end();
  } catch (error) {
    if (signal.aborted) return;
    throw await request.failure(connection.signal.aborted ? timedOut(error) : error);
  } finally {
    timers.stop();
    signal.removeEventListener('abort', disconnect);
    body?.close();
  }
}

/** Resolves as `asked` does, but rejects at once when `signal` aborts; a body that comes later is closed. */
function abortable(asked: Promise<ProviderBody>, signal: AbortSignal): Promise<ProviderBody> {
  const { promise, resolve, reject } = Promise.withResolvers<ProviderBody>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  asked.then((body) => {
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
