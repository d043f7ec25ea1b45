// Deletes conversations: stops their active replies, then marks all of it as erased in one small transaction, which hides it
// at once. `Purger` deletes the rows later.
import { Inject, Injectable } from '@nestjs/common';
import { StreamError } from '@sillage/protocol';
import type { User } from '../../auth/user.ts';
import { ConversationChanges } from '../../conversations/conversation-changes.ts';
import { ErasureRows } from '../../conversations/erasing/erasure-rows.ts';
import { Feeds } from '../../conversations/feed/feeds.ts';
import { ConversationList } from '../../conversations/list/conversation-list.ts';
import { ConversationScopes } from '../../conversations/scopes/conversation-scopes.ts';
import { DATABASE, type Database } from '../../database/database.ts';
import type { ErasureScope } from '../../database/erasures.ts';
import { StreamDirectory } from '../../streams/stream-directory.ts';
import { Titler } from '../generation/titler.ts';
import { type HeldLock, UserLock } from '../starting/user-lock.ts';
import { UserStreamsService } from '../starting/user-streams.service.ts';
import { Purger } from './purger.ts';

@Injectable()
export class ErasingService {
  private readonly rows: ErasureRows;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly streams: StreamDirectory,
    private readonly changes: ConversationChanges,
    private readonly lists: ConversationList,
    private readonly scopes: ConversationScopes,
    private readonly userStreams: UserStreamsService,
    private readonly feeds: Feeds,
    private readonly titler: Titler,
    private readonly userLock: UserLock,
    private readonly purger: Purger,
  ) {
    this.rows = new ErasureRows(database);
  }

  /** Erases a conversation and its streams.
   *  @throws {StreamError} `not-found`, `storage`. */
  async eraseOne(user: User, sessionId: string): Promise<void> {
    // The lock prevents a start between the stop and the deletion.
    await this.userLock.run(user.id, async (lock) => {
      await this.changes.get({ userId: user.id, sessionId });
      const active = await this.streams.findActive(user.id, sessionId);
      if (active !== undefined) await this.userStreams.stop(user, active);
      await this.erase({ userId: user.id, sessionId }, lock);
    });
  }

  /** Erases every conversation and every stream of this user; with a narrowed token, only the conversations it may see.
   *  @throws {StreamError} `storage`. */
  async eraseAll(user: User): Promise<void> {
    if (await this.scopes.hidesAny(user)) return this.eraseVisible(user);
    await this.userLock.run(user.id, async (lock) => {
      const active = await this.streams.listActive(user.id);
      await Promise.all(active.map((streamId) => this.userStreams.stop(user, streamId)));
      await this.erase({ userId: user.id }, lock);
    });
  }

  /** Erases the visible conversations. Streams without a conversation stay until the end of their retention. */
  private async eraseVisible(user: User): Promise<void> {
    for (;;) {
      const { sessions } = await this.lists.read(user.id, { limit: 100, visibleTo: user });
      if (sessions.length === 0) return;
      for (const { sessionId } of sessions) await this.eraseOne(user, sessionId);
    }
  }

  private async erase(of: ErasureScope, { statements }: HeldLock): Promise<void> {
    this.titler.stopAll(of);
    if (!(await this.database.write([...statements, ...this.rows.mark(of, Date.now())]))) {
      throw new StreamError('conflict', 'Another reply was started meanwhile. Try again.');
    }
    this.feeds.notify(of.userId);
    this.purger.notify();
  }
}
