// Texts that are too long for one row: the row itself holds the beginning, rows of a table of parts hold the rest. So no
// statement is large, and nothing that reads or writes a long text holds the event loop.
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { isInsidePair } from '@sillage/protocol';

/** Length of a part in UTF-16 units. Of a message only the first part is indexed for search. */
export const partLength = 100_000;

/** Number of parts that one query reads. */
const partsPerQuery = 8;

/** Cuts a text into parts of at most `partLength` units, never within a surrogate pair; an empty text is one part. */
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

/** Reads the parts 1 to `count`, a few per query; `undefined` where some are missing, because the text was deleted.
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
