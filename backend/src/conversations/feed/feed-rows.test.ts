// The feed's rows on every database: each change gets the next counter, and the earliest counter to resume is known.
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Database } from '../../database/database.ts';
import { onEachDatabase } from '../../database/each-database.testing.ts';
import { ConversationService } from '../conversation.service.ts';
import { ConversationChanges } from '../conversation-changes.ts';
import { ErasureRows } from '../erasing/erasure-rows.ts';
import { purgeConversations } from '../erasing/purge.testing.ts';
import { FeedRows } from './feed-rows.ts';
import { Feeds } from './feeds.ts';

onEachDatabase((open) => {
  let database: Database;
  let conversations: ConversationService;
  let changes: ConversationChanges;
  let rows: FeedRows;
  let erasures: ErasureRows;

  beforeEach(async () => {
    database = await open();
    conversations = new ConversationService(database);
    changes = new ConversationChanges(database, new Feeds());
    rows = new FeedRows(database.query);
    erasures = new ErasureRows(database);
    for (const sessionId of ['a', 'b', 'c']) await startReply(sessionId);
  });
  afterEach(() => database.close());

  const startReply = (sessionId: string) => {
    const message = { id: `p${sessionId}`, content: 'Hello', parentId: null };
    const reply = { id: `r${sessionId}`, parentId: message.id, model: 'm', streamId: `S${sessionId}` };
    return database.write(conversations.addTurn({ userId: 'ada', sessionId, message, reply }, 1));
  };
  const changesAfter = async (after: number, limit = 10) =>
    (await rows.changesAfter('ada', after, limit)).map(({ changed, event }) => [changed, event.type, event.sessionId]);

  test('starts, ends, renames and branch changes are read in order, each conversation once', async () => {
    const end = { type: 'end', offset: 1, finishReason: 'stop' } as const;
    await database.write(conversations.endReply('Sa', { parts: ['Hi'], end }));
    await changes.change({ userId: 'ada', sessionId: 'b' }, { title: 'Name', leafId: 'pb' });

    expect(await changesAfter(0)).toEqual([
      [3, 'stream-started', 'c'],
      [4, 'stream-ended', 'a'],
      [5, 'session-changed', 'b'],
    ]);
    expect(await changesAfter(3, 1)).toEqual([[4, 'stream-ended', 'a']]);
    expect((await conversations.find({ userId: 'ada', sessionId: 'b' }))?.leafId).toBe('pb');
  });

  test('the model titles a conversation once, and never replaces a person’s title', async () => {
    const key = { userId: 'ada', sessionId: 'a' };
    expect([await changes.claimTitle(key), await changes.claimTitle(key)]).toEqual([true, false]);
    await changes.setModelTitle(key, 'By the model');
    expect(await changes.get(key)).toMatchObject({ title: 'By the model' });

    await changes.change(key, { title: 'By hand' });
    await changes.setModelTitle(key, 'By the model');

    expect(await changes.get(key)).toMatchObject({ title: 'By hand' });
  });

  test('deletions of one or all conversations are reported until their records are deleted', async () => {
    await database.write(erasures.mark({ userId: 'ada', sessionId: 'b' }, 100));
    await database.write(erasures.mark({ userId: 'ada' }, 200));
    expect(await changesAfter(3)).toEqual([[4, 'session-deleted', 'b']]);
    await purgeConversations(database, 200);
    expect(await changesAfter(3)).toEqual([
      [4, 'session-deleted', 'b'],
      [6, 'session-deleted', 'a'],
      [7, 'session-deleted', 'c'],
    ]);

    await conversations.sweep(250, 100);

    expect((await changesAfter(0)).map(([changed]) => changed)).toEqual([6, 7]);
    expect(await rows.position('ada')).toEqual({ latest: 7, earliest: 4 });
    expect(await database.query.selectFrom('messages').selectAll().execute()).toEqual([]);
  });

  test('a conversation that is created again is not reported as deleted', async () => {
    await database.write(erasures.mark({ userId: 'ada', sessionId: 'a' }, 100));
    await purgeConversations(database, 200);

    await startReply('a');

    expect(await changesAfter(3)).toEqual([[5, 'stream-started', 'a']]);
  });
});
