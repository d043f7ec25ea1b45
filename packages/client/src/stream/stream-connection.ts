// One connection to a stream. What it yields is checked, so whoever reads on after the last offset misses nothing and
// repeats nothing.
import { eventOf, headers, type Offset, parseEventId, type StreamEvent, type StreamId } from '@sillage/protocol';
import { openSse, type SseConnectionOptions } from '../transport/sse-connection.ts';

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

/** Inputs for connecting to a stream. */
export interface StreamConnectionOptions extends SseConnectionOptions {
  readonly after: Offset;
}

/** Yields `opened`, then what each network read brought past `after`, in order and without a gap.
 *  @throws {StreamError} the error response, or `stream-ended` when nothing lies past `after`; a lost connection throws
 *  anything. */
export async function* connect({
  after,
  ...options
}: StreamConnectionOptions): AsyncGenerator<readonly ConnectionEvent[]> {
  const connection = await openSse(options);
  let hasEnded = false;
  try {
    yield [{ type: 'opened', streamId: connection.headers.get(headers.streamId) ?? undefined }];
    let isTorn = false;
    for await (const blocks of connection.blocks()) {
      const events: Array<SkippedEvent | StreamEvent> = [];
      for (const { id, data } of blocks) {
        const offset = parseEventId(id)?.offset ?? 0;
        if (isTorn || !data || offset <= after) continue; // a repeat, or not of this protocol
        const event = eventBehind(after, offset, data);
        if (event) events.push(event);
        else isTorn = true; // it does not follow what was read, so nothing is read on
        hasEnded ||= event?.type === 'end';
        after = offset;
      }
      if (events.length > 0) yield events;
      if (isTorn) return;
    }
  } finally {
    if (hasEnded) void connection.finish();
    else connection.close();
  }
}

/** The part of an event that lies past `after`; `undefined` when it is damaged, or something before it is missing. */
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
