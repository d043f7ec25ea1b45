// Deletes what a user wants gone: stops what is under way, then marks all of it as erased in one small transaction, which
// hides it at once. `Purger` deletes the rows.
import { Inject, Injectable } from '@nestjs/common';
import { StreamError } from '@sillage/protocol';
import type { User } from '../../auth/user.ts';
import { ConversationChanges } from '../../conversations/conversation-changes.ts';
import { ConversationList } from '../../conversations/conversation-list.ts';
import { ConversationScopes } from '../../conversations/conversation-scopes.ts';
import { ErasureRows } from '../../conversations/erasure-rows.ts';
import { Feeds } from '../../conversations/feeds.ts';
import { DATABASE, type Database } from '../../database/database.ts';
import type { ErasureScope } from '../../database/erasures.ts';
import { STREAM_STORE, type StreamStore } from '../../streams/stream-store.ts';
import { ChatService } from '../starting/chat.service.ts';
import { type OwnTurn, UserLock } from '../starting/user-lock.ts';
import { Purger } from './purger.ts';
import { Titler } from './titler.ts';

@Injectable()
export class ErasingService {
  private readonly rows: ErasureRows;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(STREAM_STORE) private readonly store: StreamStore,
    private readonly changes: ConversationChanges,
    private readonly lists: ConversationList,
    private readonly scopes: ConversationScopes,
    private readonly chats: ChatService,
    private readonly feeds: Feeds,
    private readonly titler: Titler,
    private readonly turns: UserLock,
    private readonly purger: Purger,
  ) {
    this.rows = new ErasureRows(database);
  }

  /** Erases a conversation and its streams.
   *  @throws {StreamError} `not-found`, `storage`. */
  async eraseOne(user: User, sessionId: string): Promise<void> {
    // No start comes between the stop and the deletion.
    await this.turns.take(user.id, async (turn) => {
      await this.changes.get({ userId: user.id, sessionId });
      const active = await this.store.findActive(user.id, sessionId);
      if (active !== undefined) await this.chats.stop(user, active);
      await this.erase({ userId: user.id, sessionId }, turn);
    });
  }

  /** Erases every conversation and every stream of this user; only what its token may see, where it is narrowed.
   *  @throws {StreamError} `storage`. */
  async eraseAll(user: User): Promise<void> {
    if (await this.scopes.hidesAny(user)) return this.eraseVisible(user);
    await this.turns.take(user.id, async (turn) => {
      const active = await this.store.listActive(user.id);
      await Promise.all(active.map((streamId) => this.chats.stop(user, streamId)));
      await this.erase({ userId: user.id }, turn);
    });
  }

  /** Streams without a conversation stay until the end of their retention. */
  private async eraseVisible(user: User): Promise<void> {
    for (;;) {
      const { sessions } = await this.lists.read(user.id, { limit: 100, visibleTo: user });
      if (sessions.length === 0) return;
      for (const { sessionId } of sessions) await this.eraseOne(user, sessionId);
    }
  }

  private async erase(of: ErasureScope, { claim }: OwnTurn): Promise<void> {
    this.titler.stopAll(of);
    if (!(await this.database.write([...claim, ...this.rows.mark(of, Date.now())]))) {
      throw new StreamError('conflict', 'Something was started meanwhile. Try again.');
    }
    this.feeds.wake(of.userId);
    this.purger.wake();
  }
}
