// The stream that a client reads into its state, until it has ended, failed or was left.
import { isComplete, type StreamId } from '@sillage/protocol';
import type { AIStreamOptions } from '../options.ts';
import { guarded, type Store } from '../store.ts';
import { clientContextOf } from '../transport/client-context.ts';
import { pause } from '../transport/connectivity.ts';
import { streamErrorOf } from '../transport/request.ts';
import { type ReadEvent, readStream } from './read-stream.ts';
import { apply, type StreamState } from './reduce.ts';
import type { SentStart } from './start-request.ts';
import { stopStream } from './stop.ts';

/** A stream that is being read. */
export interface ActiveRead {
  /** Aborting it leaves the stream: the state and the callbacks get nothing more of it. */
  readonly over: AbortController;
  /** Ends the generation, also of a stream that was left. Resolves once its end has been read, or after `stopEndMs`. */
  stop(): Promise<void>;
}

/** Reads a stream that exists, or that a start makes, into the state. */
export function readInto(
  { getState, setState }: Store<StreamState>,
  target: StreamId | SentStart,
  options: () => AIStreamOptions,
): ActiveRead {
  const context = clientContextOf(options);
  const over = new AbortController();
  const { signal } = over;
  /** How much of the reply's text was passed to `onChunk`, in UTF-16 units. */
  let given = 0;
  let stopping: Promise<void> | undefined;

  function tell(callback: 'onChunk' | 'onComplete' | 'onError', text: string | undefined): void {
    if (text !== undefined && !signal.aborted) guarded(() => options()[callback]?.(text));
  }

  /** One network read is one change of the state, however many events it brought. */
  function take(events: readonly ReadEvent[]): void {
    const pieces: string[] = [];
    const next = { ...getState() };
    for (const event of events) {
      apply(event, next);
      const fresh = next.text.length - given;
      if (event.type !== 'text' || fresh <= 0) continue; // a stream that was read again from its start is reported once
      pieces.push(event.text.slice(-fresh));
      given += fresh;
    }
    setState(next);
    if (options().onChunk) for (const piece of pieces) tell('onChunk', piece);
    if (isComplete(next.finishReason)) tell('onComplete', next.text);
    tell('onError', next.error);
  }

  function end(change: Partial<StreamState>): void {
    if (signal.aborted) return;
    setState({ ...getState(), status: 'ended', ...change });
    tell('onError', change.error);
    over.abort();
  }

  function fail(cause: unknown): void {
    const { message: error, code, retryAfter } = streamErrorOf(cause);
    end({ error, code, retryAfter });
  }

  async function run(): Promise<void> {
    try {
      for await (const events of readStream(target, context, signal)) {
        if (!signal.aborted) take(events);
      }
    } catch (error) {
      fail(error);
    } finally {
      over.abort();
    }
  }

  async function stop(): Promise<void> {
    try {
      const hasStarted = await stopStream(getState().streamId ?? target, context);
      if (hasStarted) await pause(context.timings.stopEndMs, { signal, isFirm: true });
      end({ finishReason: 'stopped' });
    } catch (error) {
      fail(error);
    }
  }

  void run();
  return { over, stop: () => (stopping ??= stop()) };
}
