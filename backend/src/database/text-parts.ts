// Long texts are stored in several rows: the row itself has the first part, a table of parts has the others. So every statement
// is small, and reading or writing a long text does not block the event loop.
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { isInsidePair } from '@sillage/protocol';

/** Maximum length of a part, in UTF-16 units. Only the first part of a message is indexed for search. */
export const partLength = 100_000;

/** Number of parts that are read or cut before yielding to the event loop. */
const partsPerSlice = 8;

/** A text in parts, never without a first one. */
export type TextParts = readonly [string, ...string[]];

/** Divides a text, given in pieces, into parts of at most `partLength` units, never within a surrogate pair. An empty text
 *  has one part. Does not join the whole text, and yields to the event loop after every few parts. */
export async function partsOf(pieces: Iterable<string>): Promise<TextParts> {
  const parts: string[] = [];
  let rest = '';
  for (const piece of pieces) {
    rest += piece;
    while (rest.length > partLength) {
      const end = isInsidePair(rest, partLength) ? partLength - 1 : partLength;
      parts.push(rest.slice(0, end));
      rest = rest.slice(end);
      if (parts.length % partsPerSlice === 0) await yieldToEventLoop();
    }
  }
  return [...parts, rest] as unknown as TextParts;
}

/** Reads the parts 1 to `count`, a few per query; `undefined` when some are missing because the text was deleted.
 *  `readRange` reads the parts `first` to `last` in order. */
export async function readParts<Part>(
  count: number,
  readRange: (first: number, last: number) => Promise<readonly Part[]>,
): Promise<Part[] | undefined> {
  const parts: Part[] = [];
  while (parts.length < count) {
    const first = parts.length + 1;
    const last = Math.min(count, parts.length + partsPerSlice);
    const read = await readRange(first, last);
    if (read.length !== last - first + 1) return undefined;
    parts.push(...read);
    await yieldToEventLoop();
  }
  return parts;
}
