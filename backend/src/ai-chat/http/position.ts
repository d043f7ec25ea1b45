// Where a reader wants to begin: `Last-Event-ID` wins over `?after=`, and neither means the start.
import { type EventId, type Offset, parseEventId, type StreamId } from '@sillage/protocol';
import { badField } from '../../http/errors.ts';

/** Is what a request says about where to begin. */
export interface RequestedPosition {
  readonly lastEventId: string | undefined;
  readonly after: string | undefined;
}

/** Reads `Last-Event-ID`; `undefined` where there is none.
 *  @throws {StreamError} `bad-request` for one that this protocol did not write. */
export function eventIdIn(lastEventId: string | undefined): EventId | undefined {
  if (lastEventId === undefined || lastEventId === '') return undefined;
  const id = parseEventId(lastEventId);
  if (id === undefined) throw badField('Last-Event-ID', 'must be an id of this stream');
  return id;
}

/** Reads the offset behind which to begin.
 *  @throws {StreamError} `bad-request` for one of another stream, or none at all. */
export function positionIn(streamId: StreamId, { lastEventId, after }: RequestedPosition): Offset {
  const id = eventIdIn(lastEventId);
  if (id?.streamId === streamId) return id.offset;
  if (id !== undefined) throw badField('Last-Event-ID', 'names another stream');
  if (after === undefined) return 0;
  if (/^\d{1,15}$/.test(after)) return Number(after);
  throw badField('after', 'must be a whole number of at least 0');
}
