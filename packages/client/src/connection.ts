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
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { ClientTimings } from './timings.ts';
import { onWake } from './wake.ts';

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
    const frames = frameReader(after);
    while (!frames.isTorn) {
      line.heard();
      const { done, value } = await bytes.read();
      if (done) return;
      const events = frames.read(decoder.decode(value, { stream: true }));
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
  const abort = () => connection.abort();
  const timer = setInterval(check, tickMs);
  const offWake = onWake(check);
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  const hangUp = () => {
    clearInterval(timer);
    offWake();
    signal.removeEventListener('abort', abort);
    abort(); // a reader that leaves early must not keep the socket
  };
  return { signal: connection.signal, heard, hangUp };
}

function bodyOf({ status, headers, body }: Response): ReadableStream<Uint8Array> {
  if (status === 204) throw new StreamError('stream-ended', 'The stream had ended before.');
  if (body && headers.get('Content-Type')?.startsWith('text/event-stream')) return body;
  throw new StreamError('bad-response', 'The answer is not a stream. Check the address of the server.');
}

/** Reads frames from text however it is cut. Torn: a frame does not follow what was read, so nothing is read on. */
function frameReader(start: Offset) {
  let after = start;
  let events: Array<SkippedEvent | StreamEvent> = [];
  const onEvent = ({ id = '', data }: EventSourceMessage) => {
    const offset = parseEventId(id)?.offset;
    if (frames.isTorn || offset === undefined || offset <= after) return; // a repeat, or not of this protocol
    const event = behind(after, parsed(data, offset));
    if (!event) {
      frames.isTorn = true;
      return;
    }
    events.push(event);
    after = offset;
  };
  const parser = createParser({ onEvent });
  const frames = {
    isTorn: false,
    read(text: string) {
      events = [];
      parser.feed(text);
      return events;
    },
  };
  return frames;
}

/** Gives the part of an event that lies behind `after`; `undefined` when something is missing in between. */
function behind(after: Offset, event: SkippedEvent | StreamEvent | undefined): typeof event {
  if (event === undefined || event.type === 'skipped') return event;
  const repeated = after - event.offset + ('text' in event ? event.text.length : 1);
  if (repeated < 0) return undefined;
  return 'text' in event && repeated > 0 ? { ...event, text: event.text.slice(repeated) } : event;
}

function parsed(data: string, offset: Offset): SkippedEvent | StreamEvent | undefined {
  try {
    return eventOf(JSON.parse(data), offset) ?? { type: 'skipped', offset };
  } catch {
    return undefined; // damaged on the way
  }
}
