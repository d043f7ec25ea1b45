// Reads messages without loading a whole conversation into memory: heads in slices, texts part by part.
import { setImmediate } from 'node:timers/promises';
import { type Kysely, type SqlBool, sql } from 'kysely';
import { isMessageErased } from '../../database/erasures.ts';
import { prepared } from '../../database/prepared.ts';
import type { Schema } from '../../database/schema.ts';
import type { ConversationKey } from '../conversation-key.ts';
import { isNamed, parentClientId } from '../message-ids.ts';
import type { StoredMessage } from '../session-message.ts';
import { placeIn, tokenOf } from './page-token.ts';

/** A message without its text, and the approximate size of the text in bytes. */
export type MessageHead = Omit<StoredMessage, 'content'> & { readonly bytes: number };

/** A message with its text, which is empty until `readTexts` reads it. */
export type MessageWithText = MessageHead & { content: string };

/** Orders a prompt before its reply if both have the same time. */
const place = sql<string>`(case role when 'user' then '0' else '1' end) || message_id`;

const headsPerQuery = 100;
const textsPerQuery = { count: 32, bytes: 256 * 1024 };
const bytes = sql<number>`octet_length(messages.content) * (1 + coalesce(messages.parts, 0))`;
const columns = [
  'messages.message_id',
  'messages.user_id',
  'messages.session_id',
  'messages.parent_id',
  'messages.role',
  'messages.created_at',
  'messages.model',
  'messages.finish_reason',
  'messages.code',
  'messages.prompt_tokens',
  'messages.completion_tokens',
  'messages.cached_tokens',
  'messages.reasoning_tokens',
  'messages.is_usage_estimated',
  'messages.cost',
  'messages.stream_id',
  'messages.trimmed_turns',
  'messages.retry_after',
  'messages.parts',
  'messages.client_id',
  'messages.reasoning_parts',
  'messages.reasoning_ms',
  'messages.provider',
  'messages.temperature',
  'messages.system_prompt',
] as const;

/** Reads the messages of a conversation. */
export class MessageReader {
  readonly #query: Kysely<Schema>;
  readonly #branchSlice = prepared(({ userId, sessionId, messageId }: ConversationKey & { messageId: string }) =>
    sql<MessageHead>`
      with recursive branch (branch_id, next_id, depth) as (
        select message_id, parent_id, 1 from messages
          where ${isNamed(userId, messageId)} and session_id = ${sessionId} and not ${isMessageErased}
        union all
        select messages.message_id, messages.parent_id, depth + 1 from branch
          join messages on messages.message_id = branch.next_id
          where user_id = ${userId} and session_id = ${sessionId} and depth < ${headsPerQuery})
      select ${sql.join(columns.map((column) => sql.ref(column)))}, 
        ${parentClientId} as parent_client_id, ${bytes} as bytes
      from branch join messages on messages.message_id = branch.branch_id order by depth`.compile(this.#query),
  );
  readonly #firstParts = { content: this.#firstPart('content'), reasoning: this.#firstPart('reasoning') };

  /** The same number of ids each time, so that one statement serves all: the first one is repeated. */
  readonly #texts = prepared((ids: readonly string[]) =>
    this.#query
      .selectFrom('messages')
      .select(['message_id', 'content'])
      .where('message_id', 'in', Object.values(ids))
      .compile(),
  );

  constructor(query: Kysely<Schema>) {
    this.#query = query;
  }

  /** Yields the messages from `messageId` back to the first message of the branch. */
  async *branch(key: ConversationKey, messageId: string): AsyncGenerator<MessageHead> {
    for (let next: string | null = messageId; next !== null; ) {
      const slice = this.#branchSlice({ userId: key.userId, sessionId: key.sessionId, messageId: next });
      const heads: readonly MessageHead[] = (await this.#query.executeQuery(slice)).rows;
      yield* heads;
      next = heads.at(-1)?.parent_id ?? null;
      await setImmediate();
    }
  }

  /** Yields every message, oldest first, a prompt before its reply. */
  async *all(key: ConversationKey): AsyncGenerator<MessageHead> {
    let behind = sql<SqlBool>`1 = 1`;
    for (;;) {
      const heads = await this.#of(key)
        .where(behind)
        .orderBy('created_at')
        .orderBy(place)
        .limit(headsPerQuery)
        .execute();
      yield* heads;
      const last = heads.at(-1);
      if (last === undefined || heads.length < headsPerQuery) return;
      behind = sql<SqlBool>`created_at >= ${last.created_at} and (created_at > ${last.created_at} or ${place} > ${placeOf(last)})`;
    }
  }

  /** Reads a page of the newest messages, oldest first; `next` is set if there are older ones.
   *  @throws {StreamError} `bad-request` for an invalid `before`. */
  async page(
    key: ConversationKey,
    { before, limit }: { before: string | undefined; limit: number },
  ): Promise<{ heads: MessageHead[]; next?: string }> {
    const from = placeIn(before);
    let query = this.#of(key);
    if (from !== undefined) {
      const [at, id] = from;
      query = query.where(sql<SqlBool>`created_at <= ${at} and (created_at < ${at} or ${place} < ${id})`);
    }
    const newest = query.orderBy('created_at', 'desc').orderBy(place, 'desc');
    const found = await newest.limit(limit + 1).execute();
    const heads = found.slice(0, limit).reverse();
    const [oldest] = heads;
    return {
      heads,
      ...(found.length > limit && oldest && { next: tokenOf([Number(oldest.created_at), placeOf(oldest)]) }),
    };
  }

  /** Yields the text of a message part by part; ends early if the message is deleted. */
  async *text({ message_id: messageId, parts }: MessageHead): AsyncGenerator<string> {
    const first = await this.#first(messageId, 'content');
    if (first === undefined) return;
    yield first;
    yield* this.#parts(messageId, { count: parts ?? 0, step: 1 });
  }

  /** Reads the texts of messages into them, many short ones by one query; a message that is deleted meanwhile has none. */
  async readTexts(messages: readonly MessageWithText[]): Promise<void> {
    for (const batch of batchesOf(messages)) {
      const ids = Array.from({ length: textsPerQuery.count }, (_, i) => (batch[i] ?? batch[0])?.message_id ?? '');
      const { rows } = await this.#query.executeQuery(this.#texts(ids));
      const texts = new Map(rows.map(({ message_id: messageId, content }) => [messageId, content]));
      for (const message of batch) {
        const first = texts.get(message.message_id);
        if (first === undefined) continue;
        message.content = first;
        const count = message.parts ?? 0;
        for await (const part of this.#parts(message.message_id, { count, step: 1 })) message.content += part;
      }
      if (batch.at(-1) !== messages.at(-1)) await setImmediate();
    }
  }

  /** Yields the reasoning of a message part by part; nothing if it has none. */
  async *reasoning({ message_id: messageId, reasoning_parts: parts }: MessageHead): AsyncGenerator<string> {
    const first = parts === null ? undefined : await this.#first(messageId, 'reasoning');
    if (first === undefined || parts === null) return;
    yield first;
    yield* this.#parts(messageId, { count: parts - 1, step: -1 });
  }

  async #first(messageId: string, column: 'content' | 'reasoning'): Promise<string | undefined> {
    const { rows } = await this.#query.executeQuery(this.#firstParts[column]({ messageId }));
    return rows[0]?.text ?? undefined;
  }

  #firstPart(column: 'content' | 'reasoning') {
    return prepared(({ messageId }: { messageId: string }) =>
      this.#query.selectFrom('messages').select(`${column} as text`).where('message_id', '=', messageId).compile(),
    );
  }

  /** Yields the further parts: those of the text count upwards, those of the reasoning downwards. */
  async *#parts(messageId: string, { count, step }: { count: number; step: 1 | -1 }): AsyncGenerator<string> {
    for (let part = 1; part <= count; part++) {
      const row = await this.#query
        .selectFrom('message_parts')
        .select('content')
        .where('message_id', '=', messageId)
        .where('part', '=', part * step)
        .executeTakeFirst();
      if (row === undefined) return;
      yield row.content;
    }
  }

  #of({ userId, sessionId }: ConversationKey) {
    return this.#query
      .selectFrom('messages')
      .select([...columns, parentClientId.as('parent_client_id'), bytes.as('bytes')])
      .where('user_id', '=', userId)
      .where('session_id', '=', sessionId)
      .where(({ not }) => not(isMessageErased));
  }
}

/** Groups messages so that a query for the first parts of their texts stays small. */
function* batchesOf<Head extends MessageHead>(heads: readonly Head[]): Generator<Head[]> {
  let batch: Head[] = [];
  let bytes = 0;
  for (const head of heads) {
    const ofFirstPart = head.bytes / (1 + (head.parts ?? 0));
    if (batch.length === textsPerQuery.count || (batch.length > 0 && bytes + ofFirstPart > textsPerQuery.bytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(head);
    bytes += ofFirstPart;
  }
  if (batch.length > 0) yield batch;
}

/** Computes `place` of a row. */
function placeOf({ role, message_id }: MessageHead): string {
  return `${role === 'user' ? '0' : '1'}${message_id}`;
}
