// The opaque `next` and `before` of paged routes: the position of a page as base64url-encoded JSON.
import { badField } from '../../http/errors.ts';

/** The position at which a page begins: a time in milliseconds, and an id that orders equal times. */
export type PagePlace = readonly [at: number, id: string];

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
      return [place[0], place[1]];
    }
  } catch {
    // handled below
  }
  throw badField('before', 'must be the next of an earlier page');
}
