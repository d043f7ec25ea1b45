// Single messages and their place in the tree of a conversation, for formats in which the client sends the branch that it
// shows.
import { Inject, Injectable } from '@nestjs/common';
import type { StreamId } from '@sillage/protocol';
import type { Selectable } from 'kysely';
import { DATABASE, type Database } from '../../database/database.ts';
import { isMessageErased } from '../../database/erasures.ts';
import type { MessagesTable } from '../../database/schema.ts';
import type { ConversationKey } from '../conversation-key.ts';
import { isNamed } from '../message-ids.ts';
import { type MessageHead, MessageReader } from './message-reader.ts';

/** A stored message without its text. `id` is the one that clients use; `parentId` is the server's. */
export interface PlacedMessage {
  readonly id: string;
  readonly serverId: string;
  readonly parentId: string | undefined;
  readonly role: 'user' | 'assistant';
  readonly model: string | undefined;
  /** The stream of a reply. */
  readonly streamId: StreamId | undefined;
  readonly isEnded: boolean;
}

/** A message with its text: the whole one of a user's message, the first part of a reply's. */
export interface MessageWithText extends PlacedMessage {
  readonly content: string;
}

const columns = ['message_id', 'client_id', 'parent_id', 'role', 'model', 'stream_id', 'finish_reason'] as const;

/** Reads messages by their ids. */
@Injectable()
export class Branches {
  private readonly reader: MessageReader;

  constructor(@Inject(DATABASE) private readonly database: Database) {
    this.reader = new MessageReader(database.query);
  }

  /** Finds a message of a conversation by either of its ids. */
  async find({ userId, sessionId }: ConversationKey, id: string): Promise<MessageWithText | undefined> {
    const row = await this.messages()
      .select('content')
      .where(isNamed(userId, id))
      .where('session_id', '=', sessionId)
      .executeTakeFirst();
    return row && { ...placed(row), content: row.content };
  }

  /** Lists the replies to a user's message, oldest first. */
  async replies({ userId, sessionId }: ConversationKey, prompt: PlacedMessage): Promise<PlacedMessage[]> {
    const rows = await this.messages()
      .where('user_id', '=', userId)
      .where('session_id', '=', sessionId)
      .where('parent_id', '=', prompt.serverId)
      .where('role', '=', 'assistant')
      .orderBy('created_at')
      .orderBy('message_id')
      .execute();
    return rows.map(placed);
  }

  /** Finds the message that a stream is the text of; `undefined` if it has none or was deleted. */
  async findReply(streamId: StreamId): Promise<PlacedMessage | undefined> {
    const row = await this.messages().where('stream_id', '=', streamId).executeTakeFirst();
    return row && placed(row);
  }

  /** Yields the messages from `id` back to the first one of the branch, without their texts. */
  heads(key: ConversationKey, id: string): AsyncGenerator<MessageHead> {
    return this.reader.branch(key, id);
  }

  private messages() {
    return this.database.query
      .selectFrom('messages')
      .select(columns)
      .where(({ not }) => not(isMessageErased));
  }
}

function placed(row: Pick<Selectable<MessagesTable>, (typeof columns)[number]>): PlacedMessage {
  return {
    id: row.client_id ?? row.message_id,
    serverId: row.message_id,
    parentId: row.parent_id ?? undefined,
    role: row.role,
    model: row.model ?? undefined,
    streamId: row.stream_id ?? undefined,
    isEnded: row.finish_reason !== null,
  };
}
