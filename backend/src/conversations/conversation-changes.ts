// Changes of a conversation other than its replies: its title, the branch shown, its settings, and whether it is pinned. The feed reports every change.
import { Inject, Injectable } from '@nestjs/common';
import { type SessionChange, type SessionSummary, StreamError } from '@sillage/protocol';
import { DATABASE, type Database, expectRowChange, type Statement } from '../database/database.ts';
import { isConversationErased, isMessageErased } from '../database/erasures.ts';
import { badField } from '../http/errors.ts';
import type { ConversationKey } from './conversation-key.ts';
import { FeedRows } from './feed/feed-rows.ts';
import { Feeds } from './feed/feeds.ts';
import { summaryColumns, summaryOf } from './list/session-summary.ts';
import { isNamed } from './message-ids.ts';
import { changedSettings } from './session-settings.ts';

@Injectable()
export class ConversationChanges {
  private readonly feed: FeedRows;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly feeds: Feeds,
  ) {
    this.feed = new FeedRows(database.query);
  }

  /** Applies a change, and returns the conversation after it.
   *  @throws {StreamError} `not-found`; `bad-request` when `leafId` is not a message of this conversation. */
  async change(key: ConversationKey, { title, leafId, pinned, settings }: SessionChange): Promise<SessionSummary> {
    await this.get(key);
    const leaf = leafId === undefined ? undefined : await this.findMessage(key, leafId);
    if (leafId !== undefined && leaf === undefined) throw badField('leafId', 'names no message of this conversation');
    const set = {
      ...(title !== undefined && { title, titled_by: 'hand' as const }),
      ...(leaf !== undefined && { leaf_id: leaf.message_id }),
      ...(pinned !== undefined && { pinned: pinned ? 1 : 0 }),
      ...changedSettings(settings),
    };
    await this.write(key, this.of(key).set(set).compile());
    return this.get(key);
  }

  /** Claims the title for the model: `true` once for each conversation whose title is its first words. */
  claimTitle(key: ConversationKey): Promise<boolean> {
    const claim = this.of(key).set({ titled_by: 'model' }).where('titled_by', '=', 'words');
    return this.database.write([expectRowChange(claim.compile())]);
  }

  /** Sets the title that the model has written, unless a person has renamed the conversation. */
  async setModelTitle(key: ConversationKey, title: string): Promise<void> {
    await this.write(key, this.of(key).set({ title }).where('titled_by', '=', 'model').compile());
  }

  /** Reads a conversation without its messages.
   *  @throws {StreamError} `not-found`. */
  async get({ userId, sessionId }: ConversationKey): Promise<SessionSummary> {
    const row = await this.database.query
      .selectFrom('conversations')
      .select(summaryColumns)
      .where('user_id', '=', userId)
      .where('session_id', '=', sessionId)
      .where(({ not }) => not(isConversationErased))
      .executeTakeFirst();
    if (row === undefined) throw new StreamError('not-found', 'This conversation does not exist.');
    return summaryOf(row);
  }

  private async write(key: ConversationKey, change: Statement): Promise<void> {
    const isWritten = await this.database.write([
      expectRowChange(change),
      ...this.feed.recordChange(key, 'session-changed'),
    ]);
    if (isWritten) this.feeds.notify(key.userId);
  }

  private of({ userId, sessionId }: ConversationKey) {
    return this.database.query
      .updateTable('conversations')
      .where('user_id', '=', userId)
      .where('session_id', '=', sessionId)
      .where(({ not }) => not(isConversationErased));
  }

  private findMessage({ userId, sessionId }: ConversationKey, id: string): Promise<{ message_id: string } | undefined> {
    return this.database.query
      .selectFrom('messages')
      .select('message_id')
      .where(isNamed(userId, id))
      .where('session_id', '=', sessionId)
      .where(({ not }) => not(isMessageErased))
      .executeTakeFirst();
  }
}
