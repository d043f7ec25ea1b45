// The messages of one conversation in the order of their creation: all of them, or the newest in pages.
import type { SessionMessage } from '@sillage/protocol';
import { type Kysely, sql } from 'kysely';
import { isMessageErased } from '../../database/erasures.ts';
import type { Schema } from '../../database/schema.ts';
import { readParts } from '../../database/text-parts.ts';
import type { ConversationKey } from '../conversation-key.ts';
import { parentClientId } from '../message-ids.ts';
import { type StoredMessage, sessionMessageOf } from '../session-message.ts';
import { placeIn, tokenOf } from './page-token.ts';

/** The requested page: `limit` messages before the position `before`. Without a `limit`: all messages. */
export interface PageQuery {
  readonly before?: string | undefined;
  readonly limit?: number | undefined;
}

/** Orders a prompt before its reply if both have the same time. */
const place = sql<string>`(case role when 'user' then '0' else '1' end) || message_id`;

/** Reads messages of all branches. */
export class MessagePages {
  readonly #query: Kysely<Schema>;

  constructor(query: Kysely<Schema>) {
    this.#query = query;
  }

  /** Reads every message, oldest first. */
  async all(key: ConversationKey): Promise<StoredMessage[]> {
    return this.#complete(await this.#of(key).orderBy('created_at').orderBy(place).execute());
  }

  /** Reads a page, oldest first; `next` is set if there are older ones.
   *  @throws {StreamError} `bad-request` for an invalid `before`. */
  async read(
    key: ConversationKey,
    { before, limit }: PageQuery,
  ): Promise<{ messages: SessionMessage[]; next?: string }> {
    if (limit === undefined) return { messages: (await this.all(key)).map(sessionMessageOf) };
    const from = placeIn(before);
    let query = this.#of(key);
    if (from !== undefined) {
      const [at, id] = from;
      query = query
        .where('created_at', '<=', at)
        .where((where) => where.or([where('created_at', '<', at), where(place, '<', id)]));
    }
    const rows = await query
      .orderBy('created_at', 'desc')
      .orderBy(place, 'desc')
      .limit(limit + 1)
      .execute();
    const page = await this.#complete(rows.slice(0, limit).reverse());
    const [oldest] = page;
    return {
      messages: page.map(sessionMessageOf),
      ...(rows.length > limit && oldest && { next: tokenOf([Number(oldest.created_at), placeOf(oldest)]) }),
    };
  }

  /** Adds the remaining parts of the text to long messages. */
  async #complete(rows: readonly StoredMessage[]): Promise<StoredMessage[]> {
    const complete: StoredMessage[] = [];
    for (const row of rows) {
      complete.push(row.parts === null ? row : { ...row, content: row.content + (await this.#restOf(row)).join('') });
    }
    return complete;
  }

  async #restOf({ message_id: messageId, parts }: StoredMessage): Promise<readonly string[]> {
    const rest = await readParts(parts ?? 0, async (first, last) => {
      const rows = await this.#query
        .selectFrom('message_parts')
        .select('content')
        .where('message_id', '=', messageId)
        .where('part', '>=', first)
        .where('part', '<=', last)
        .orderBy('part')
        .execute();
      return rows.map((row) => row.content);
    });
    return rest ?? []; // the message has been deleted
  }

  #of({ userId, sessionId }: ConversationKey) {
    return this.#query
      .selectFrom('messages')
      .selectAll()
      .select(parentClientId.as('parent_client_id'))
      .where('user_id', '=', userId)
      .where('session_id', '=', sessionId)
      .where(({ not }) => not(isMessageErased));
  }
}

/** Computes `place` of a row. */
function placeOf({ role, message_id }: StoredMessage): string {
  return `${role === 'user' ? '0' : '1'}${message_id}`;
}
