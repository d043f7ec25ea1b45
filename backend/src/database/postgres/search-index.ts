// The full-text index of PostgreSQL: an expression index on the `tsvector` that a function computes, so that no extra
// column or trigger is needed. Each word is prefixed with a short hash of its owner, so that a search reads no other
// user's words. Only the first part of a text is indexed. https://www.postgresql.org/docs/15/textsearch-indexes.html
import { sql } from 'kysely';
import { partLength } from '../text-parts.ts';
import type { PostgresDatabase } from './postgres-database.ts';

/** Creates the index if it does not exist. Nodes that start at the same time wait for the one that creates it.
 *  Not a migration, because a migration only adds, and the index of an earlier format is dropped.
 *  @throws the database's error. */
export async function createSearchIndex(database: PostgresDatabase): Promise<void> {
  const { rows } = await sql<{ found: string | null }>`select to_regclass('messages_by_term')::text as found`.execute(
    database.query,
  );
  if (rows[0]?.found) return;
  const icu = await sql`select 1 from pg_collation where collname = 'und-x-icu'`.execute(database.query);
  const creation = creationOf(icu.rows.length > 0 ? 'collate "und-x-icu"' : '');
  await database.prepare(creation.map((text) => ({ sql: text, parameters: [] })));
}

/** Word separators, as a character class of a regular expression. They are the same as SQLite's, except for combining
 *  marks that are not accents, and for U+FFFD, which replaces U+0000. */
const separators = rangesOf(/[\p{P}\p{Sm}\p{Sc}\p{Z}\p{Cc}\p{Cf}\uFFFD]/u);

/** Formats the characters that match `pattern` as ranges of code points. U+0000 is left out, as PostgreSQL does not
 *  support it. */
function rangesOf(pattern: RegExp): string {
  const escaped = (point: number) => `\\U${point.toString(16).padStart(8, '0')}`;
  const ranges: string[] = [];
  for (let point = 1, first = 0; point <= 0x1_00_00; point++) {
    const isIn = pattern.test(String.fromCodePoint(point)) && point < 0x1_00_00;
    if (isIn && first === 0) first = point;
    if (isIn || first === 0) continue;
    ranges.push(first === point - 1 ? escaped(first) : `${escaped(first)}-${escaped(point - 1)}`);
    first = 0;
  }
  return `[${ranges.join('')}]+`;
}

/** Statements that create the index. Words are indexed without case and accents. A lexeme has at most 2046 bytes, and
 *  all words of a text at most one megabyte, so only the first 400 characters of a word and the distinct words that fit
 *  are indexed. Two owners may have the same prefix, so the index only narrows the result. The index of an earlier
 *  format is dropped, so that writes update only one. */
const creationOf = (collation: string) => [
  `select pg_advisory_xact_lock(5109114104)`,
  `create or replace function search_split(content text) returns text[] immutable parallel safe
    return regexp_split_to_array(
      regexp_replace(lower(normalize(content, nfd) ${collation}), '[\\u0300-\\u036F\\uFE00-\\uFE0F]', '', 'g'),
      '${separators}')`,
  `create or replace function search_mark(owner text) returns text immutable parallel safe
    return left(encode(sha256(convert_to(owner, 'UTF8')), 'hex'), 8)`,
  `create or replace function search_terms(owner text, content text) returns tsvector immutable parallel safe cost 1000
    return (
      select array_to_tsvector(array_agg(mark || word))
      from (select word, sum(octet_length(word) + 8) over (order by word) as bytes
        from (select distinct left(word, 400) as word
          from unnest(search_split(left(content, ${partLength}))) as word) as words
        where word <> '') as counted, search_mark(owner) as mark
      where bytes < 1000000)`,
  `create or replace function search_terms_query(owner text, search text) returns tsquery immutable parallel safe
    return (
      select (string_agg('''' || mark || left(word, 400) || '''', ' & ' order by place) || ':*')::tsquery
      from unnest(search_split(search)) with ordinality as words (word, place), search_mark(owner) as mark
      where word <> '')`,
  `drop index if exists conversations_by_word`,
  `drop index if exists messages_by_word`,
  `create index if not exists conversations_by_term on conversations using gin (search_terms(user_id, title))`,
  `create index if not exists messages_by_term on messages using gin (search_terms(user_id, content))`,
];
