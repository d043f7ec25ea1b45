// One connection to a stream. It checks that each event follows the one before, so that another connection, opened at the
// last offset, misses nothing and repeats nothing.
import { eventOf, headers, type Offset, parseEventId, type StreamEvent, type StreamId } from '@sillage/protocol';
import { openSse, type SseConnectionOptions } from '../transport/sse-connection.ts';
import type { SentStart } from './start-request.ts';

/** The headers of the response are here; the id is missing where a server hides it from other origins. */
interface OpenedEvent {
  readonly type: 'opened';
  readonly streamId: StreamId | undefined;
}

/** An event of a newer server: its offset counts, and it shows nothing. */
interface SkippedEvent {
  readonly type: 'skipped';
  readonly offset: Offset;
}

/** One thing that a connection brings. */
export type ConnectionEvent = OpenedEvent | SkippedEvent | StreamEvent;

/** How far a stream was read. Each connection goes on from it, and moves it forward. */
export interface Position {
  /** The stream, or the start that makes it until the stream's id is known. */
  target: StreamId | SentStart;
  after: Offset;
}

/** Inputs for connecting to a stream. */
export interface StreamConnectionOptions extends SseConnectionOptions {
  readonly position: Position;
  /** Called when the connection has brought something past the position. */
  readonly progress: () => void;
}

type Draft<Event> = Event extends unknown ? { -readonly [Key in keyof Event]: Event[Key] } & { text?: string } : never;

/** An event whose offset is not known yet. */
type EventDraft = Draft<SkippedEvent | StreamEvent>;

/** Yields `opened`, then the events of each network read that lie past the position, in order and without a gap. Returns
 *  whether the stream has ended.
 *  @throws {StreamError} the error response, or `stream-ended` when nothing lies past the position; a lost connection
 *  throws anything. */
export async function* connect({
  position,
  progress,
  ...options
}: StreamConnectionOptions): AsyncGenerator<readonly ConnectionEvent[], boolean> {
  const connection = await openSse(options);
  let hasEnded = false;
  try {
    let streamId = connection.headers.get(headers.streamId) ?? undefined;
    if (streamId) position.target = streamId;
    yield [{ type: 'opened', streamId }];
    for (let isTorn = false; !isTorn && !hasEnded; ) {
      const blocks = await connection.read();
      if (!blocks) break;
      const events: Array<SkippedEvent | StreamEvent> = [];
      for (const { id, data } of blocks) {
        if (!data) continue;
        let event: EventDraft | undefined;
        try {
          event = eventOf(JSON.parse(data), 0) ?? { type: 'skipped', offset: 0 };
        } catch {} // damaged
        const { after } = position;
        const follows = after + (event?.text?.length ?? 1);
        let offset = follows;
        // Parsing each id costs as much as parsing the JSON, and most ids are what the text already says.
        if (id !== `${streamId}/${offset}`) ({ streamId, offset } = parseEventId(id) ?? { streamId, offset: 0 });
        if (offset <= after) continue; // a repeat, or not of this protocol
        isTorn = !event || (offset > follows && event.type !== 'skipped');
        if (!event || isTorn) break;
        event.text &&= event.text.slice(follows - offset);
        position.after = event.offset = offset;
        events.push(event);
        hasEnded ||= event.type === 'end';
      }
      if (events.length > 0) {
        progress();
        yield events;
      }
    }
    return hasEnded;
  } finally {
    connection.close(hasEnded);
  }
}
