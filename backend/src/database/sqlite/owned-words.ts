// Words of a text as the search index of the embedded database stores them: each has a prefix that identifies its
// owner. The words of one user are therefore adjacent, and a prefix search scans no other user's words.
import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { partLength } from '../text-parts.ts';

/** Categories of FTS5's `unicode61` that form words. SQLite classifies characters of newer Unicode versions as `Cn`. */
export const wordCategories = 'L* N* Co So Sk Cn';

/** A word as `unicode61` splits it: combining accents after a letter belong to it. */
const word = /[\p{L}\p{N}\p{Co}\p{So}\p{Sk}\p{Cn}](?:[\p{L}\p{N}\p{Co}\p{So}\p{Sk}\p{Cn}]|[\u0300-\u0331])*/gu;

/** Registers the SQL function `owned_words(owner, text)` for triggers. */
export function defineOwnedWords(connection: DatabaseSync): void {
  connection.function('owned_words', { deterministic: true }, (owner, text) =>
    ownedWords(String(owner), String(text).slice(0, partLength)),
  );
}

/** Adds the owner's prefix to each word of a text. Two owners may share a prefix: it narrows a search but does not
 *  authorize access. */
export function ownedWords(owner: string, text: string): string {
  const mark = createHash('sha256').update(owner).digest('hex').slice(0, 8);
  return text.replace(word, (found) => mark + found);
}

/** Finds the words of a text. */
export function wordsIn(text: string): Iterable<RegExpMatchArray & { readonly index: number }> {
  return text.matchAll(word);
}

/** Whether a text contains a word. */
export function hasWord(text: string): boolean {
  return text.search(word) !== -1;
}
