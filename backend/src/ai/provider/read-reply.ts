// Follows one question to a model from the request to its end: silence, faults and leaving are decided here.
// However it is left, the provider's connection is closed at once; after a good end it is free for the next question.
import type { AiTimings } from '../ai-options.ts';
import type { ModelEvent } from '../model-event.ts';
import type { ProviderBody } from './provider-body.ts';
import { failureOf, providerFailure } from './provider-errors.ts';
import { ProviderStream } from './provider-stream.ts';
import { StallTimer } from './stall-timer.ts';

/** Is how `readReply` asks and how long it waits. */
export interface Reading {
  /** Asks the model; resolves with the body of its answer, rejects when the signal is aborted. */
  readonly ask: (connection: AbortSignal) => Promise<ProviderBody>;
  readonly timings: AiTimings;
  /** Leaves the reply. */
  readonly signal: AbortSignal;
}

/** Yields what the model says, merged per read, and `end` exactly once as the last; once left it returns without.
 *  @throws {StreamError} with a `FailureCode`, or with what `ask` refused with. */
export async function* readReply({ ask, timings, signal }: Reading): AsyncGenerator<ModelEvent, void, unknown> {
  if (signal.aborted) return;
  const connection = new AbortController();
  const close = () => {
    connection.abort();
    body?.close();
  };
  signal.addEventListener('abort', close, { once: true });
  const silence = new StallTimer(timings.stallMs, close);
  const stream = new ProviderStream();
  let body: ProviderBody | undefined;
  try {
    body = await ask(connection.signal);
    if (connection.signal.aborted) body.close();
    silence.heard();
    while (!stream.isOver && !connection.signal.aborted) {
      const bytes = body.read();
      if (bytes !== undefined) {
        for (const event of stream.push(bytes)) yield event;
        if (stream.isFinished) silence.last(timings.endGraceMs);
      } else if (body.isOver) {
        break;
      } else {
        silence.wait();
        await body.more();
        silence.heard();
      }
    }
    if (signal.aborted) return;
    if (!stream.isFinished && !stream.isOver) throwIfBroken(body, connection.signal);
    for (const event of stream.endOfBody()) yield event;
    if (stream.failure !== undefined && !stream.isFinished) throw stream.failure;
    body.release(timings.endGraceMs);
    body = undefined;
    yield stream.end();
  } catch (error) {
    if (signal.aborted) return;
    throw connection.signal.aborted ? silent(error) : providerFailure(error);
  } finally {
    silence.stop();
    signal.removeEventListener('abort', close);
    body?.close();
  }
}

function throwIfBroken(body: ProviderBody, connection: AbortSignal): void {
  if (connection.aborted) throw silent();
  if (body.failure !== undefined) throw body.failure;
}

function silent(cause?: unknown) {
  return failureOf('provider-timeout', { cause });
}
