// Long texts are stored in several rows: the row itself has the first part, a table of parts has the others. So every statement
// is small, and reading or writing a long text does not block the event loop.
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { isInsidePair } from '@sillage/protocol';

/** Maximum length of a part, in UTF-16 units. Only the first part of a message is indexed for search. */
export const partLength = 100_000;

/** Number of parts that one query reads. */
const partsPerQuery = 8;

/** Divides a text into parts of at most `partLength` units, never within a surrogate pair. An empty text has one part. */
export function partsOf(text: string): [string, ...string[]] {
  const parts: string[] = [];
  let start = 0;
  do {
    const end = Math.min(start + partLength, text.length);
    const isTorn = end < text.length && isInsidePair(text, end);
    parts.push(text.slice(start, isTorn ? end - 1 : end));
    start = isTorn ? end - 1 : end;
  } while (start < text.length);
  return parts as [string, ...string[]];
}

/** Reads the parts 1 to `count`, a few per query; `undefined` when some are missing because the text was deleted.
 *  `readRange` reads the parts `first` to `last` in order. */
export async function readParts(
  count: number,
  readRange: (first: number, last: number) => Promise<readonly string[]>,
): Promise<string[] | undefined> {
  const parts: string[] = [];
  while (parts.length < count) {
    const first = parts.length + 1;
    const last = Math.min(count, parts.length + partsPerQuery);
    const read = await readRange(first, last);
    if (read.length !== last - first + 1) return undefined;
    parts.push(...read);
    await yieldToEventLoop();
  }
  return parts;
}
