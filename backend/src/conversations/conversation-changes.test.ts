// Changes of conversations on every database. Pinned ones: the list begins with them, and its pages neither omit nor repeat
// one. Settings: kept with the conversation.
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Database } from '../database/database.ts';
import { onEachDatabase } from '../database/each-database.testing.ts';
import { PostgresDatabase } from '../database/postgres/postgres-database.ts';
import type { SqliteDatabase } from '../database/sqlite/sqlite-database.ts';
import { ConversationService } from './conversation.service.ts';
import { ConversationChanges } from './conversation-changes.ts';
import { FeedRows } from './feed/feed-rows.ts';
import { Feeds } from './feed/feeds.ts';
import { ConversationList } from './list/conversation-list.ts';
import { PostgresSearch } from './search/postgres-search.ts';
import { SqliteSearch } from './search/sqlite-search.ts';

const searchOf = (database: Database) =>
  database instanceof PostgresDatabase ? PostgresSearch.open(database) : SqliteSearch.open(database as SqliteDatabase);

onEachDatabase((open) => {
  let database: Database;
  let conversations: ConversationService;
  let changes: ConversationChanges;
  let list: ConversationList;

  beforeEach(async () => {
    database = await open();
    conversations = new ConversationService(database);
    changes = new ConversationChanges(database, new Feeds());
    list = new ConversationList(database, await searchOf(database));
  });
  afterEach(() => database.close());

  /** Adds an exchange; conversations with the same `now` are ordered by their id. */
  const addExchange = (sessionId: string, now: number) => {
    const message = { id: `p-${sessionId}-${now}`, content: `潮汐 ${sessionId}`, parentId: null };
    const reply = { id: `r-${sessionId}-${now}`, parentId: message.id, model: 'm', streamId: `S-${sessionId}-${now}` };
    return database.write(conversations.addTurn({ userId: 'ada', sessionId, message, reply }, now));
  };
  const pin = (sessionId: string, pinned = true) => changes.change({ userId: 'ada', sessionId }, { pinned });
  const pages = async (limit: number, search = '') => {
    const ids: string[] = [];
    for (let before: string | undefined = ''; before !== undefined; ) {
      const page = await list.read('ada', { limit, search, ...(before && { before }) });
      ids.push(...page.sessions.map(({ sessionId, pinned }) => `${sessionId}${pinned ? ' pinned' : ''}`));
      before = page.next;
    }
    return ids;
  };

  test('pinned conversations come first, pinned and other ones by their last change, on pages of any size', async () => {
    for (const [index, id] of ['a', 'b', 'c', 'd', 'e', 'f', 'g'].entries()) await addExchange(id, 1 + (index >> 1));
    for (const id of ['b', 'a', 'e']) await pin(id);
    const expected = ['e pinned', 'b pinned', 'a pinned', 'g', 'f', 'd', 'c'];

    for (const limit of [1, 2, 3, 4, 7]) expect(await pages(limit)).toEqual(expected);
    expect(await pages(2, '潮汐')).toEqual(expected);

    await addExchange('a', 9);
    expect(await pages(3)).toEqual(['a pinned', 'e pinned', 'b pinned', 'g', 'f', 'd', 'c']);
    await pin('a', false);
    await pin('e', false);
    expect(await pages(3)).toEqual(['b pinned', 'a', 'g', 'f', 'e', 'd', 'c']);
  });

  test('a page token of an earlier version goes on among the conversations that are not pinned', async () => {
    for (const [index, id] of ['a', 'b', 'c'].entries()) await addExchange(id, index);
    await pin('a');
    const before = Buffer.from(JSON.stringify([2, 'c'])).toString('base64url');

    const { sessions } = await list.read('ada', { limit: 5, before });

    expect(sessions.map(({ sessionId }) => sessionId)).toEqual(['b']);
  });

  test('a pin changes neither the title nor the time, is reported by the feed, and goes with the conversation', async () => {
    await addExchange('a', 5);
    const before = await changes.get({ userId: 'ada', sessionId: 'a' });
    const feed = new FeedRows(database.query);
    const { latest } = await feed.position('ada');

    expect(await pin('a')).toEqual({ ...before, pinned: true });
    expect((await feed.changesAfter('ada', latest, 10)).map(({ event }) => event)).toEqual([
      { type: 'session-changed', sessionId: 'a' },
    ]);
    expect(await pin('a', false)).toEqual(before);
    expect(await conversations.findSummary({ userId: 'ada', sessionId: 'a' })).not.toHaveProperty('pinned');
  });

  test('settings are stored with the conversation, not in its row of the list, and a reply has those that it was generated with', async () => {
    await addExchange('a', 5);
    const key = { userId: 'ada', sessionId: 'a' };
    await changes.change(key, { settings: { model: 'm', temperature: 0.25, systemPrompt: '短く 🌊' } });
    const settings = { model: 'm', temperature: 0.25, systemPrompt: '短く 🌊' };

    expect((await conversations.find(key))?.settings).toEqual(settings);
    expect((await conversations.findState(key)).settings).toEqual(settings);
    expect((await list.read('ada', { limit: 1 })).sessions[0]).not.toHaveProperty('settings');

    const reply = {
      id: 'r2',
      parentId: 'r-a-5',
      model: 'm',
      streamId: 'S2',
      temperature: 0.25,
      systemPrompt: '短く 🌊',
    };
    await database.write(conversations.addTurn({ ...key, message: undefined, reply }, 6));
    const messages = (await conversations.find(key))?.messages ?? [];
    expect(messages.at(-1)).toMatchObject({ temperature: 0.25, systemPrompt: '短く 🌊' });
    expect(messages.at(-2)).not.toHaveProperty('temperature');

    await changes.change(key, { settings: { model: null, temperature: null, systemPrompt: null } });
    expect((await conversations.findState(key)).settings).toBeUndefined();
  });
});
