// Search on every database: whole words, prefixes, accents, and search text that contains query syntax.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Database } from '../../database/database.ts';
import { onEachDatabase } from '../../database/each-database.testing.ts';
import { PostgresDatabase } from '../../database/postgres/postgres-database.ts';
import type { SqliteDatabase } from '../../database/sqlite/sqlite-database.ts';
import { ConversationService } from '../conversation.service.ts';
import { ConversationChanges } from '../conversation-changes.ts';
import { ErasureRows } from '../erasing/erasure-rows.ts';
import { Feeds } from '../feed/feeds.ts';
import { ConversationList } from '../list/conversation-list.ts';
import { PostgresSearch } from './postgres-search.ts';
import { SqliteSearch } from './sqlite-search.ts';

const searchOf = (database: Database) =>
  database instanceof PostgresDatabase ? PostgresSearch.open(database) : SqliteSearch.open(database as SqliteDatabase);

onEachDatabase((open) => {
  let database: Database;
  let conversations: ConversationService;
  let changes: ConversationChanges;
  let list: ConversationList;
  let ada: string;
  let bob: string;
  let users = 0;

  // A database of its own for each test would cost more than all searches; each test has users of its own.
  beforeAll(async () => {
    database = await open();
    conversations = new ConversationService(database);
    changes = new ConversationChanges(database, new Feeds());
    list = new ConversationList(database, await searchOf(database));
  });
  beforeEach(() => {
    ada = `ada${++users}`;
    bob = `bob${users}`;
  });
  afterAll(() => database?.close());

  const addExchange = (sessionId: string, content: string, { userId = ada, now = 1 } = {}) => {
    const message = { id: `p-${userId}-${sessionId}`, content, parentId: null };
    const reply = {
      id: `r-${userId}-${sessionId}`,
      parentId: message.id,
      model: 'm',
      streamId: `S-${userId}-${sessionId}`,
    };
    return database.write(conversations.addTurn({ userId, sessionId, message, reply }, now));
  };
  const find = async (search: string, userId = ada) =>
    (await list.read(userId, { limit: 100, search })).sessions.map((found) => found.sessionId).sort();

  test.each([
    ['a whole word', 'Where is the ferry?', 'ferry'],
    ['words in another order', 'Where is the ferry?', 'ferry where'],
    ['the beginning of the last word', 'Where is the ferry?', 'the fer'],
    ['other case', 'Where is the FERRY?', 'Ferry'],
    ['French accents, typed or not', 'Où est passé l’été à Évian ?', 'ete'],
    ['French accents over what has none', 'Ou est passe l’ete a Evian', 'été évian'],
    ['accents of two characters', 'Noe\u0308l', 'noël'],
    ['Greek and Cyrillic in other case', 'ΑΘΗΝΑ Москва', 'αθηνα МОСКВА'],
    ['an elided word', "L'énergie d'aujourd'hui", "l'énergie"],
    ['words with hyphens', 'forty-two kinds', 'forty-two'],
    ['an emoji', 'So happy 🎉 today', '🎉'],
    ['Japanese by how it begins', '東京都の天気', '東京'],
    ['numbers with a point', 'version 3.14 of it', '3.14'],
    ['quotes', 'He said "hello there" to me', '"hello there"'],
    ['an open quote', 'He said "hello there" to me', '"hello'],
    ['a simple quote and a backslash', "it is rock'n'roll \\ here", "rock'n' \\ ro"],
    ['operators as words', 'this and that or not near', 'and OR not NEAR'],
    ['signs that are operators elsewhere', 'salt & pepper | sugar', 'salt & !pepper | (sugar):*'],
    ['a star in it', 'multiply by star', 'multiply* by*'],
    ['a column filter', 'words owner', 'words:owner'],
    ['U+0000 between', 'one two', 'one\0two'],
  ])('%s is found', async (_, text, search) => {
    await addExchange('it', text);
    await addExchange('other', 'Nothing of the kind');

    expect(await find(search)).toEqual(['it']);
  });

  test.each([
    ['a word that is missing among others', 'the ferry nowhere'],
    ['the end of a word', 'erry'],
    ['the beginning of a word that is not the last', 'fer where'],
    ['words of two messages', 'ferry deep'],
    ['signs alone', '" \' \\ & | ! ( ) : * -'],
    ['one’s own name', 'ada'],
    ['another’s words', 'secret'],
  ])('%s is not found', async (_, search) => {
    await addExchange('it', 'Where is the ferry?');
    await database.write(
      conversations.endReply(`S-${ada}-it`, {
        parts: ['Far and deep'],
        end: { type: 'end', offset: 1, finishReason: 'stop' },
      }),
    );
    await addExchange('it', 'My secret', { userId: bob });

    expect(await find(search)).toEqual([]);
    expect(await find('secret', bob)).toEqual(['it']);
  });

  test.each(["o'brien", 'back\\slash', 'a & b', 'x'.repeat(3_000)])(
    'a user called %j finds what is theirs',
    async (userId) => {
      await database.write(
        conversations.addTurn(
          {
            userId,
            sessionId: 's',
            message: { id: `p-${ada}`, content: 'mine', parentId: null },
            reply: { id: `r-${ada}`, parentId: `p-${ada}`, model: 'm', streamId: `S-${ada}` },
          },
          1,
        ),
      );

      expect(await find('mine', userId)).toEqual(['s']);
      expect(await find('mine', ada)).toEqual([]);
    },
  );

  test('a reply is found by its last words, and a conversation by its current title', async () => {
    await addExchange('it', 'question');
    await database.write(
      conversations.endReply(`S-${ada}-it`, {
        parts: ['réponse'],
        end: { type: 'end', offset: 7, finishReason: 'stop' },
      }),
    );
    await changes.change({ userId: ada, sessionId: 'it' }, { title: 'Before' });
    await changes.change({ userId: ada, sessionId: 'it' }, { title: 'Holidays' });

    expect([await find('reponse'), await find('holi'), await find('before')]).toEqual([['it'], ['it'], []]);
  });

  test('deleted text is not found', async () => {
    await addExchange('a', 'unforgettable');
    await addExchange('b', 'unforgettable');
    await database.write(new ErasureRows(database).mark({ userId: ada, sessionId: 'a' }, 2));

    expect(await find('unforgettable')).toEqual(['b']);

    await database.write(new ErasureRows(database).mark({ userId: ada }, 3));
    expect(await find('unforgettable')).toEqual([]);
  });

  test('a hit names the newest message that matches, by the id that its client chose', async () => {
    const message = { id: '01A', clientId: 'mine', content: 'Where is the Ferry, 渡し船?', parentId: null };
    const reply = { id: '01B', parentId: '01A', model: 'm', streamId: 'S' };
    await database.write(conversations.addTurn({ userId: ada, sessionId: 'it', message, reply }, 1));
    const matchOf = async (search: string) => (await list.read(ada, { limit: 10, search })).sessions[0]?.match;
    const byPrompt = await matchOf('ferry');
    const end = { type: 'end', offset: 9, finishReason: 'stop' } as const;
    await database.write(conversations.endReply('S', { parts: ['The ferry left.'], end }));
    await changes.change({ userId: ada, sessionId: 'it' }, { title: 'Harbour' });

    expect(byPrompt).toEqual({ messageId: 'mine', excerpt: 'Where is the Ferry, 渡し船?', marks: [[13, 18]] });
    expect(await matchOf('ferry')).toEqual({ messageId: '01B', excerpt: 'The ferry left.', marks: [[4, 9]] });
    expect((await list.read(ada, { limit: 10, search: 'harbour' })).sessions).toHaveLength(1);
    expect(await matchOf('harbour')).toBeUndefined();
  });

  test('results are paged, the conversation changed last first', async () => {
    for (let i = 1; i <= 5; i++) await addExchange(`s${i}`, `common ${i}`, { now: Math.ceil(i / 2) });

    const first = await list.read(ada, { limit: 2, search: 'comm' });
    const second = await list.read(ada, { limit: 2, search: 'comm', before: first.next });
    const third = await list.read(ada, { limit: 2, search: 'comm', before: second.next });

    const pages = [first, second, third].map(({ sessions }) => sessions.map(({ sessionId }) => sessionId));
    expect(pages).toEqual([['s5', 's4'], ['s3', 's2'], ['s1']]);
    expect(third.next).toBeUndefined();
  });

  test('a text of any length can be stored, and its first words are found', async () => {
    const words = Array.from({ length: 150_000 }, (_, i) => `word${i}`).join(' ');

    expect(await addExchange('long', `${words} ${'x'.repeat(10_000)} ${'é'.repeat(10_000)}`)).toBe(true);

    expect(await find('word0')).toEqual(['long']);
  });

  test('messages from before the index are found, also after it is opened again', async () => {
    const other = await open();
    const before = new ConversationService(other);
    const turn = { userId: ada, sessionId: 'old', message: { id: 'p', content: 'ancient', parentId: null } };
    await other.write(before.addTurn({ ...turn, reply: { id: 'r', parentId: 'p', model: 'm', streamId: 'S' } }, 1));

    const nodes = other instanceof PostgresDatabase ? 3 : 1; // a SQLite database has one node
    await Promise.all(Array.from({ length: nodes }, () => searchOf(other)));
    const reopened = new ConversationList(other, await searchOf(other));
    const { sessions } = await reopened.read(ada, { limit: 100, search: 'ancient' });
    await other.close();

    expect(sessions).toMatchObject([{ sessionId: 'old' }]);
  });
});
