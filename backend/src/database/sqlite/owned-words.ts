// The words of a text as the search index of the embedded database keeps them: each begins with a mark of its owner. So the
// words of one user stand together, and what looks for the beginning of a word walks no other user's words.
import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { partLength } from '../text-parts.ts';

/** The categories of FTS5's `unicode61` that make a word; what a Unicode newer than SQLite's assigns is `Cn` there. */
export const wordCategories = 'L* N* Co So Sk Cn';

/** A word as `unicode61` cuts it: accents that follow a letter belong to it. */
const word = /[\p{L}\p{N}\p{Co}\p{So}\p{Sk}\p{Cn}](?:[\p{L}\p{N}\p{Co}\p{So}\p{Sk}\p{Cn}]|[\u0300-\u0331])*/gu;

/** Lets SQL call `owned_words(owner, text)`: triggers do. */
export function defineOwnedWords(connection: DatabaseSync): void {
  connection.function('owned_words', { deterministic: true }, (owner, text) =>
    ownedWords(String(owner), String(text).slice(0, partLength)),
  );
}

/** Marks each word of a text. Two owners may have the same mark: it narrows, and does not decide. */
export function ownedWords(owner: string, text: string): string {
  const mark = createHash('sha256').update(owner).digest('hex').slice(0, 8);
  return text.replace(word, (found) => mark + found);
}

/** Whether a text has a word at all. */
export function hasWord(text: string): boolean {
  return text.search(word) !== -1;
}
