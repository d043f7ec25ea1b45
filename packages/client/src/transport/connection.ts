// One connection: from the request to the last byte it brings. It ends by returning, be that the end of the stream or not;
// what it yields is checked, so whoever reads on behind the last offset misses nothing and repeats nothing.
import {
  eventOf,
  headers,
  type Offset,
  parseEventId,
  StreamError,
  type StreamEvent,
  type StreamId,
} from '@sillage/protocol';
import type { ClientTimings } from '../timings.ts';
import { onWake } from './connectivity.ts';
import { sseReader } from './sse-lines.ts';

/** Says that the answer's headers are here; the id is missing where a server hides it from other origins. */
interface OpenedEvent {
  readonly type: 'opened';
  readonly streamId: StreamId | undefined;
}

/** Stands for an event of a newer server: it counts, and shows nothing. */
interface SkippedEvent {
  readonly type: 'skipped';
  readonly offset: Offset;
}

/** Says what to connect to, and when to give the connection up. */
export interface Connecting extends Pick<ClientTimings, 'silenceMs' | 'tickMs'> {
  /** Sends the request. */
  readonly send: (signal: AbortSignal) => Promise<Response>;
  readonly after: Offset;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** Is one thing that a connection brings. */
export type Arrival = OpenedEvent | SkippedEvent | StreamEvent;

/** Yields first that it is open, then what each network read brought behind `after`, in order and without a gap.
 *  @throws {StreamError} the refusal, or `stream-ended` when there is nothing behind `after`; a loss throws anything. */
export async function* connect({ send, after, signal, ...watching }: Connecting): AsyncGenerator<readonly Arrival[]> {
  const line = watch(signal, watching);
  try {
    const response = await send(line.signal);
    const bytes = bodyOf(response).getReader();
    yield [{ type: 'opened', streamId: response.headers.get(headers.streamId) ?? undefined }];
    const decoder = new TextDecoder();
    const blocksOf = sseReader();
    for (let isTorn = false; !isTorn; ) {
      line.heard();
      const { done, value } = await bytes.read();
      if (done) return;
      const events: Array<SkippedEvent | StreamEvent> = [];
      for (const { id, data } of blocksOf(decoder.decode(value, { stream: true }))) {
        const offset = parseEventId(id)?.offset ?? 0;
        if (isTorn || offset <= after) continue; // a repeat, or not of this protocol
        const event = eventBehind(after, offset, data);
        if (event) events.push(event);
        else isTorn = true; // it does not follow what was read, so nothing is read on
        after = offset;
      }
      if (events.length > 0) yield events;
    }
  } finally {
    line.hangUp();
  }
}

/** Ends a connection with `signal`, or when nothing was heard for too long. The clock is compared, not only a timer set:
 *  timers stand still while a laptop sleeps. */
function watch(signal: AbortSignal, { silenceMs, tickMs, now }: Pick<Connecting, 'silenceMs' | 'tickMs' | 'now'>) {
  const connection = new AbortController();
  let heardAt = now();
  const heard = () => {
    heardAt = now();
  };
  const check = () => {
    if (now() < heardAt) heard(); // the clock was set back
    if (now() - heardAt > silenceMs) connection.abort();
  };
  const timer = setInterval(check, tickMs);
  const hangUp = () => {
    clearInterval(timer);
    connection.abort(); // a reader that leaves early must not keep the socket
  };
  onWake(check, connection.signal);
  signal.addEventListener('abort', hangUp, connection);
  if (signal.aborted) hangUp();
  return { signal: connection.signal, heard, hangUp };
}

function bodyOf({ status, headers, body }: Response): ReadableStream<Uint8Array> {
  if (status === 204) throw new StreamError('stream-ended', 'The stream has ended.');
  if (body && headers.get('Content-Type')?.startsWith('text/event-stream')) return body;
  throw new StreamError('bad-response', 'The answer is not a stream. Check the address.');
}

/** Gives the part of an event that lies behind `after`; `undefined` when it is damaged, or something is missing before. */
function eventBehind(after: Offset, offset: Offset, data: string): SkippedEvent | StreamEvent | undefined {
  let event: StreamEvent | undefined;
  try {
    event = eventOf(JSON.parse(data), offset);
  } catch {
    return undefined;
  }
  if (!event) return { type: 'skipped', offset };
  const repeated = after - offset + ('text' in event ? event.text.length : 1);
  if (repeated < 0) return undefined;
  return 'text' in event && repeated > 0 ? { ...event, text: event.text.slice(repeated) } : event;
}
