// The opaque `next` and `before` of paged routes: the position of a page as base64url-encoded JSON.
import { badField } from '../../http/errors.ts';

/** The position at which a page begins: a time in milliseconds, and an id that orders equal times. `pinned` is 1 among pinned
 *  conversations; it comes last, so that a node of an earlier version can read the token. */
export type PagePlace = readonly [at: number, id: string, pinned?: number];

/** Encodes a position as the token that a client sends back. */
export function tokenOf(place: PagePlace): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** Decodes a token; `undefined` if there is none.
 *  @throws {StreamError} `bad-request` for a token that this server did not create. */
export function placeIn(before: string | undefined): PagePlace | undefined {
  if (before === undefined) return undefined;
  try {
    const place: unknown = JSON.parse(Buffer.from(before, 'base64url').toString());
    if (Array.isArray(place) && Number.isSafeInteger(place[0]) && typeof place[1] === 'string') {
      return [place[0], place[1], place[2] === 1 ? 1 : 0];
    }
  } catch {
    // handled below
  }
  throw badField('before', 'must be the next of an earlier page');
}
