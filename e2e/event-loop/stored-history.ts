// Writes much history into a data folder: a user with 100,000 messages, one of whose conversations has 10,000, and another one
// with 2 MB of text; and 10,000 replies of a second user.
import { SqliteSearch } from '../../backend/src/conversations/search/sqlite-search.ts';
import { SqliteDatabase } from '../../backend/src/database/sqlite/sqlite-database.ts';

/** Messages of all conversations of `ada`, and of the conversation `long`. */
const stored = { messages: 100_000, longMessages: 10_000 } as const;

const perConversation = 500;

/** Creates the folder's database with the history. */
export async function storeHistory(folder: string): Promise<void> {
  const database = await SqliteDatabase.open(folder, { commitMs: 1 });
  await SqliteSearch.open(database);
  for (let i = 0; i < (stored.messages - stored.longMessages) / perConversation; i++) {
    await database.write(conversation(`chat-${i}`, { at: i * perConversation, count: perConversation }));
  }
  await database.write(conversation('long', { at: stored.messages, count: stored.longMessages }));
  await database.write(conversation('large', { at: 2 * stored.messages, count: 21, filler: words(99_000) }));
  await database.write([...streams('ada', 'long', stored.longMessages), ...streams('bob', 'old', 10_000)]);
  await database.write([statement(`insert into feed_counters (user_id, counter) values ('ada', 1)`)]);
  await database.close();
}

/** Statements that write a conversation of `count` messages, each the answer to the one before. */
function conversation(id: string, { at, count, filler = '' }: { at: number; count: number; filler?: string }) {
  const place = (number: string) => `'${id}-' || printf('%06d', ${number})`;
  return [
    statement(
      `insert into conversations (user_id, session_id, title, created_at, updated_at, leaf_id, changed)
        values ('ada', ?, 'Title', ?, ?, ${place(`${count - 1}`)}, 1)`,
      id,
      at,
      at + count,
    ),
    statement(
      `with recursive number (i) as (select 0 union all select i + 1 from number where i < ${count - 1})
        insert into messages (message_id, user_id, session_id, parent_id, role, content, created_at, stream_id, finish_reason)
        select ${place('i')}, 'ada', ?, iif(i = 0, null, ${place('i - 1')}), iif(i % 2 = 0, 'user', 'assistant'),
          'stored words of number ' || i || ?, ? + i, iif(i % 2 = 0, null, 's-' || ${place('i')}), 'stop' from number`,
      id,
      filler,
      at,
    ),
  ];
}

/** Statements that write ended streams of a conversation, with their texts and idempotency keys. */
function streams(user: string, session: string, count: number) {
  const numbers = `with recursive number (i) as (select 0 union all select i + 1 from number where i < ${count - 1})`;
  const now = Date.now();
  return [
    statement(
      `${numbers} insert into streams (stream_id, user_id, session_id, epoch, created_at, ended_at, end_offset, finish_reason)
        select ? || '-' || i, ?, ?, 1, ? + i, ?, 100, 'stop' from number`,
      session,
      user,
      session,
      stored.messages,
      now,
    ),
    statement(
      `${numbers} insert into stream_bodies (stream_id, body) select ? || '-' || i, ? from number`,
      session,
      JSON.stringify([['text', words(500)]]),
    ),
    statement(
      `${numbers} insert into idempotency_keys (user_id, key, request_hash, stream_id, created_at)
        select ?, 'key-' || i, 'hash', ? || '-' || i, ? from number`,
      user,
      session,
      now,
    ),
  ];
}

function words(length: number): string {
  return ' some more words of a text that grows and is counted'.repeat(length / 50).slice(0, length);
}

function statement(sql: string, ...parameters: (string | number)[]) {
  return { sql, parameters };
}
