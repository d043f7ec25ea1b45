import type { EndEvent, ReplyEnd } from '@sillage/protocol';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Database } from '../database/database.ts';
import { onEachDatabase } from '../database/each-database.testing.ts';
import type { TextParts } from '../database/text-parts.ts';
import { ConversationService, turnsOf } from './conversation.service.ts';
import { ErasureRows } from './erasing/erasure-rows.ts';
import { MessageReader } from './reading/message-reader.ts';
import type { NewTurn } from './turn-rows.ts';

const key = { userId: 'ada', sessionId: 'session' };
const stop: EndEvent = {
  type: 'end',
  offset: 6,
  finishReason: 'stop',
  usage: { promptTokens: 9, completionTokens: 2 },
};

interface Asking {
  parentId?: string | null;
  now?: number;
  userId?: string;
  sessionId?: string;
}

onEachDatabase((open) => {
  let database: Database;
  let conversations: ConversationService;

  beforeEach(async () => {
    database = await open();
    conversations = new ConversationService(database);
  });
  afterEach(() => database.close());

  /** Adds `prompt` after `parentId`, with an active reply in the stream `stream of <reply>`. */
  async function addExchange(
    prompt: string,
    reply: string,
    { parentId = null, now = 1_000, ...other }: Asking = {},
  ): Promise<void> {
    const turn: NewTurn = {
      ...key,
      ...other,
      message: { id: prompt, content: `${prompt}?`, parentId },
      reply: { id: reply, parentId: prompt, model: 'a model', streamId: `stream of ${reply}` },
    };
    await database.write(conversations.addTurn(turn, now));
  }

  async function regenerate(prompt: string, reply: string, now: number): Promise<void> {
    const turn = {
      ...key,
      message: undefined,
      reply: { id: reply, parentId: prompt, model: 'm', streamId: `stream of ${reply}` },
    };
    await database.write(conversations.addTurn(turn, now));
  }

  const end = (reply: string, text: string, event = stop) =>
    database.write(conversations.endReply(`stream of ${reply}`, { parts: [text], end: event }));

  describe('a message with its reply', () => {
    test('creates the conversation, titled by its first words, with an active reply', async () => {
      await addExchange('p1', 'r1');

      expect(await conversations.find(key)).toEqual({
        sessionId: 'session',
        title: 'p1?',
        createdAt: '1970-01-01T00:00:01.000Z',
        updatedAt: '1970-01-01T00:00:01.000Z',
        activeStreamId: 'stream of r1',
        leafId: 'r1',
        messages: [
          { id: 'p1', role: 'user', content: 'p1?', createdAt: '1970-01-01T00:00:01.000Z' },
          {
            id: 'r1',
            parentId: 'p1',
            role: 'assistant',
            content: '',
            createdAt: '1970-01-01T00:00:01.000Z',
            model: 'a model',
            streamId: 'stream of r1',
          },
        ],
      });
    });

    test('follows the previous messages, and the title stays', async () => {
      await addExchange('p1', 'r1');
      await end('r1', 'Hello!');

      await addExchange('p2', 'r2', { parentId: 'r1', now: 2_000 });

      const found = await conversations.find(key);
      expect(found).toMatchObject({ title: 'p1?', leafId: 'r2', activeStreamId: 'stream of r2' });
      expect([found?.createdAt, found?.updatedAt]).toEqual(['1970-01-01T00:00:01.000Z', '1970-01-01T00:00:02.000Z']);
      expect(found?.messages.map(({ id }) => id)).toEqual(['p1', 'r1', 'p2', 'r2']);
    });

    test('is ordered prompt first, although both have the same time, whatever their ids', async () => {
      await addExchange('z', 'a');

      expect((await conversations.find(key))?.messages.map(({ id }) => id)).toEqual(['z', 'a']);
    });
  });

  describe('an end', () => {
    test('stores the text, the finish reason and the usage', async () => {
      await addExchange('p1', 'r1');

      await end('r1', 'Hello!');

      const found = await conversations.find(key);
      expect(found?.activeStreamId).toBeUndefined();
      expect(found?.messages[1]).toMatchObject({ content: 'Hello!', finishReason: 'stop', usage: stop.usage });
    });

    test('stores every field, but the omitted messages, which the start stores', async () => {
      await addExchange('p1', 'r1');
      const fields: Required<Omit<ReplyEnd, 'trimmedTurns'>> = {
        finishReason: 'error',
        code: 'provider-rate-limited',
        usage: {
          promptTokens: 9,
          completionTokens: 2,
          cachedTokens: 4,
          reasoningTokens: 1,
          estimated: true,
          cost: 0.5,
        },
        retryAfter: 90,
        reasoningMs: 12_400,
      };

      await end('r1', '', { type: 'end', offset: 1, ...fields });

      expect((await conversations.find(key))?.messages[1]).toMatchObject({ content: '', ...fields });
    });

    test('without usage stores none', async () => {
      await addExchange('p1', 'r1');

      await end('r1', '', { type: 'end', offset: 1, finishReason: 'error', code: 'provider-timeout' });

      const [, reply] = (await conversations.find(key))?.messages ?? [];
      expect(reply).toMatchObject({ finishReason: 'error', code: 'provider-timeout' });
      expect(reply).not.toHaveProperty('usage');
    });

    test('changes no other reply', async () => {
      await addExchange('p1', 'r1');
      await regenerate('p1', 'r2', 2_000);

      await end('r2', 'Hello!');

      expect((await conversations.find(key))?.messages.map(({ content }) => content)).toEqual(['p1?', '', 'Hello!']);
    });

    test('has no effect after the conversation was deleted', async () => {
      await addExchange('p1', 'r1');
      await database.write([
        database.query.deleteFrom('messages').where('session_id', '=', 'session').compile(),
        database.query.deleteFrom('conversations').where('session_id', '=', 'session').compile(),
      ]);

      expect(await end('r1', 'Hello!')).toBe(true);

      expect(await conversations.find(key)).toBeUndefined();
      expect(await database.query.selectFrom('messages').selectAll().execute()).toEqual([]);
    });
  });

  test('of a long branch only the newest messages that fit are read, and the others are counted', async () => {
    for (let i = 1; i <= 120; i++) {
      await addExchange(`p${i}`, `r${i}`, { parentId: i === 1 ? null : `r${i - 1}`, now: i * 1_000 });
      await end(`r${i}`, '海'.repeat(100));
    }

    const texts = vi.spyOn(MessageReader.prototype, 'readTexts');

    const path = await conversations.path(key, 'r120', { maxBytes: 1_000 });

    expect(texts.mock.calls.map(([messages]) => messages.length)).toEqual([6]);
    texts.mockRestore();
    expect(path?.messages.map((row) => row.message_id)).toEqual(['p118', 'r118', 'p119', 'r119', 'p120', 'r120']);
    expect(path?.omittedTurns).toBe(240 - 6);
  });

  test('a branch is read by a few queries, short texts together and long ones in parts', async () => {
    const lengthOf = (i: number) => (i % 40 === 0 ? 150_000 : i);
    for (let i = 1; i <= 120; i++) {
      await addExchange(`p${i}`, `r${i}`, { parentId: i === 1 ? null : `r${i - 1}`, now: i * 1_000 });
      const length = lengthOf(i);
      const text = '海'.repeat(length);
      const parts: TextParts = [text.slice(0, 100_000), ...(length > 100_000 ? [text.slice(100_000)] : [])];
      await database.write(conversations.endReply(`stream of r${i}`, { parts, end: stop }));
    }
    const queries = vi.spyOn(database.query.getExecutor(), 'executeQuery');

    const path = await conversations.path(key, 'r120');

    const replies = path?.messages.filter(({ role }) => role === 'assistant').map(({ content }) => content.length);
    expect(replies).toEqual(Array.from({ length: 120 }, (_, i) => lengthOf(i + 1)));
    expect(path?.messages.filter(({ role }) => role === 'user').map(({ content }) => content)).toEqual(
      Array.from({ length: 120 }, (_, i) => `p${i + 1}?`),
    );
    expect(queries.mock.calls.length).toBeLessThan(20);
  });

  describe('branches', () => {
    beforeEach(async () => {
      await addExchange('p1', 'r1', { now: 1_000 });
      await addExchange('p2', 'r2', { parentId: 'r1', now: 2_000 });
      await regenerate('p1', 'r1b', 3_000);
      await addExchange('p2b', 'r2b', { parentId: 'r1', now: 4_000 });
    });

    const idsOf = async (messageId: string) =>
      (await conversations.path(key, messageId))?.messages.map((row) => row.message_id);

    test('each have their path from the first message', async () => {
      expect(await idsOf('r2')).toEqual(['p1', 'r1', 'p2', 'r2']);
      expect(await idsOf('r1b')).toEqual(['p1', 'r1b']);
      expect(await idsOf('r2b')).toEqual(['p1', 'r1', 'p2b', 'r2b']);
      expect(await idsOf('p1')).toEqual(['p1']);
    });

    test('are all in the conversation, whose leaf is that of the branch last used', async () => {
      const found = await conversations.find(key);

      expect(found?.messages.map(({ id }) => id)).toEqual(['p1', 'r1', 'p2', 'r2', 'r1b', 'p2b', 'r2b']);
      expect(found?.leafId).toBe('r2b');
      expect((await conversations.findState(key)).leafId).toBe('r2b');
    });

    test('of another conversation or of none have no path', async () => {
      await addExchange('q1', 's1', { sessionId: 'other' });

      expect(await idsOf('s1')).toBeUndefined();
      expect(await idsOf('nothing')).toBeUndefined();
    });
  });

  test('messages are paged, newest page first, without gaps and repetitions, whatever their ids', async () => {
    for (const id of ['b', 'A', 'a', 'B', '1-', '1_']) await addExchange(`p${id}`, `r${id}`, { now: 1_000 });
    const all = (await conversations.find(key))?.messages.map(({ id }) => id) ?? [];

    const paged: string[] = [];
    for (let before: string | undefined, more = true; more; more = before !== undefined) {
      const page = await conversations.find(key, { limit: 5, before });
      paged.unshift(...(page?.messages.map(({ id }) => id) ?? []));
      before = page?.next;
    }

    expect(paged).toEqual(all);
    expect(all).toHaveLength(12);
  });

  test('the same sessionId of another user is another conversation', async () => {
    await addExchange('p1', 'r1');
    await addExchange('q1', 's1', { userId: 'bob' });

    const ofBob = await conversations.find({ ...key, userId: 'bob' });

    expect(ofBob?.messages.map(({ id }) => id)).toEqual(['q1', 's1']);
    expect((await conversations.find(key))?.messages.map(({ id }) => id)).toEqual(['p1', 'r1']);
    expect(await conversations.path({ ...key, userId: 'bob' }, 'r1')).toBeUndefined();
    expect(await conversations.find({ ...key, userId: 'carol' })).toBeUndefined();
    expect((await conversations.findState({ ...key, userId: 'carol' })).leafId).toBeUndefined();
  });

  test('ids that the client chose are free once their conversation is erased, before its rows are deleted', async () => {
    const turn = (now: number) =>
      conversations.addTurn(
        {
          ...key,
          message: { id: `p${now}`, clientId: '问', content: 'a?', parentId: null },
          reply: { id: `r${now}`, clientId: '答', parentId: `p${now}`, model: 'm', streamId: `s${now}` },
        },
        now,
      );
    await database.write(turn(1_000));
    await expect(database.write(turn(2_000))).rejects.toThrow(/unique/i);
    await database.write(new ErasureRows(database).mark(key, 3_000));
    expect(await conversations.hasAny('ada', ['问', '答'])).toBe(false);

    await database.write(turn(4_000));

    expect((await conversations.find(key))?.messages.map(({ id, parentId }) => [id, parentId])).toEqual([
      ['问', undefined],
      ['答', '问'],
    ]);
    expect(await conversations.hasAny('ada', ['答'])).toBe(true);
    expect(await conversations.hasAny('bob', ['答'])).toBe(false);
  });

  test('a failed reply without text is not part of the context', async () => {
    await addExchange('p1', 'r1');
    await end('r1', '', { type: 'end', offset: 1, finishReason: 'error', code: 'internal' });
    await addExchange('p2', 'r2', { parentId: 'r1', now: 2_000 });
    await end('r2', 'Hello!');

    const path = await conversations.path(key, 'r2');

    expect(turnsOf(path?.messages ?? [])).toEqual([
      { role: 'user', content: 'p1?' },
      { role: 'user', content: 'p2?' },
      { role: 'assistant', content: 'Hello!' },
    ]);
  });
});
