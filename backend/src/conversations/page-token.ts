// The opaque `next` and `before` of paged routes: where a page begins, as base64url of JSON.
import { badField } from '../http/errors.ts';

/** Is where a page begins: a time in milliseconds, and the id that settles a tie. */
export type PagePlace = readonly [at: number, id: string];

/** Writes a place as the token that a client hands back. */
export function tokenOf(place: PagePlace): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** Reads a token; `undefined` where there is none.
 *  @throws {StreamError} `bad-request` for one that this server did not write. */
export function placeIn(before: string | undefined): PagePlace | undefined {
  if (before === undefined) return undefined;
  try {
    const place: unknown = JSON.parse(Buffer.from(before, 'base64url').toString());
    if (Array.isArray(place) && Number.isSafeInteger(place[0]) && typeof place[1] === 'string') {
      return [place[0], place[1]];
    }
  } catch {
    // said below
  }
  throw badField('before', 'must be the next of an earlier page');
}
