// Parses the offset at which a reader begins. `Last-Event-ID` wins over `?after=`; without both, reading begins at 0.
import { type EventId, type Offset, parseEventId, type StreamId } from '@sillage/protocol';
import { badField } from '../../http/errors.ts';

/** The position in a request, not yet parsed. */
export interface RequestedPosition {
  readonly lastEventId: string | undefined;
  readonly after: string | undefined;
}

/** Parses `Last-Event-ID`; `undefined` if it is missing or empty.
 *  @throws {StreamError} `bad-request` for an id that is not of this protocol. */
export function eventIdIn(lastEventId: string | undefined): EventId | undefined {
  if (lastEventId === undefined || lastEventId === '') return undefined;
  const id = parseEventId(lastEventId);
  if (id === undefined) throw badField('Last-Event-ID', 'must be an id of this stream');
  return id;
}

/** Parses the offset after which reading begins.
 *  @throws {StreamError} `bad-request` for an id of another stream or an invalid offset. */
export function positionIn(streamId: StreamId, { lastEventId, after }: RequestedPosition): Offset {
  const id = eventIdIn(lastEventId);
  if (id?.streamId === streamId) return id.offset;
  if (id !== undefined) throw badField('Last-Event-ID', 'names another stream');
  if (after === undefined) return 0;
  if (/^\d{1,15}$/.test(after)) return Number(after);
  throw badField('after', 'must be a whole number of at least 0');
}
