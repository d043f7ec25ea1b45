// Ids that the client chooses for a message and its reply: unique within the user, valid wherever a route takes an id.
import { routes, type SessionResponse, type SessionsResponse } from '@sillage/protocol';
import { providerScripts } from '@sillage/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { gatedReply, readUntil, type TestApp } from '../app.testing.ts';
import { serversOnEachDatabase, useServers } from '../nodes/nodes.testing.ts';

describe.each(serversOnEachDatabase)('on %s', (_, start) => {
  const servers = useServers(start);
  let user: string;
  let count = 0;

  beforeEach(() => {
    user = `海-${++count}`;
    for (const node of [servers.app, servers.other]) node.provider.respond(providerScripts.reply(['Réponse 🚢']));
  });

  const post = (
    body: object,
    { key, as = user, node = servers.app }: { key?: string; as?: string; node?: TestApp } = {},
  ) => node.send(routes.streams, { user: as, body, ...(key && { headers: { 'idempotency-key': key } }) });

  /** Sends a message and waits for the whole reply. */
  async function say(body: object, as = user): Promise<string> {
    const streamId = await servers.app.start({ message: '潮汐', sessionId: 's', ...body }, { user: as });
    await servers.app.read(streamId, { user: as });
    return streamId;
  }

  const session = (sessionId = 's', as = user) => servers.other.session(sessionId, { user: as });
  const idsOf = ({ messages }: Pick<SessionResponse, 'messages'>) => messages.map(({ id, parentId }) => [id, parentId]);

  test('messages have the ids that the client chose, on every route', async () => {
    await say({ messageId: 'msg-1', replyId: '回复-1 🚢' });
    await say({});
    const made = (await session()).messages.slice(2).map(({ id }) => id);
    const tree = [
      ['msg-1', undefined],
      ['回复-1 🚢', 'msg-1'],
      [made[0], '回复-1 🚢'],
      [made[1], made[0]],
    ];

    expect(idsOf(await session())).toEqual(tree);
    const page = (await servers.other.send(`${routes.session('s')}?limit=1`, { user })).body as SessionResponse;
    expect(idsOf(page)).toEqual(tree.slice(3));
    const exported = JSON.parse(
      (await servers.other.send(routes.exportSession('s', 'json'), { user })).text,
    ) as SessionResponse;
    expect(idsOf(exported)).toEqual(tree);
    const change = { user, method: 'PATCH', body: { leafId: '回复-1 🚢' } };
    expect((await servers.other.send(routes.session('s'), change)).status).toBe(200);
    expect((await session()).leafId).toBe('回复-1 🚢');
    const markdown = (await servers.other.send(routes.exportSession('s', 'markdown'), { user })).text;
    expect(markdown.match(/Réponse/g), 'only the branch that ends with the chosen leaf').toHaveLength(1);
  });

  test('a message and its reply can be named before they are stored: edits, regenerations and what follows them', async () => {
    await say({ messageId: 'a', replyId: 'b' });

    await say({ messageId: 'c', replyId: 'd', parentId: 'b' });
    await say({ messageId: 'e', replyId: 'f', parentId: 'b' });
    await say({ message: undefined, regenerate: 'd', replyId: 'g' });
    await say({ messageId: 'h', replyId: 'i' });

    expect(idsOf(await session())).toEqual([
      ['a', undefined],
      ['b', 'a'],
      ['c', 'b'],
      ['d', 'c'],
      ['e', 'b'],
      ['f', 'e'],
      ['g', 'c'],
      ['h', 'g'],
      ['i', 'h'],
    ]);
    expect((await session()).leafId).toBe('i');
    const request = servers.app.provider.requests.at(-1)?.body as { messages: { role: string }[] };
    expect(request.messages.filter(({ role }) => role !== 'system')).toHaveLength(5);
  });

  test('an id of another message is 409, and neither starts nor stops a reply', async () => {
    await say({ messageId: 'a', replyId: 'b' });
    await say({ sessionId: 'z' });
    const [made] = (await session('z')).messages;
    const gated = gatedReply(['Half'], [' whole']);
    servers.app.provider.respond(gated.script);
    const reading = await servers.app.open(routes.stream, {
      user,
      body: { message: 'x', sessionId: 's', replyId: 'live' },
    });
    await readUntil(reading, 'Half');
    const sentBefore = servers.app.provider.requests.length;

    const taken: object[] = [
      { messageId: 'a' },
      { messageId: 'b' },
      { messageId: 'live' },
      { replyId: 'a' },
      { messageId: 'new', replyId: 'b', sessionId: 'another' },
      { messageId: made?.id },
      { message: undefined, regenerate: 'b', replyId: 'live' },
    ];
    for (const body of taken) {
      const answer = await post({ message: '潮汐', sessionId: 's', ...body }, { key: `k-${JSON.stringify(body)}` });
      expect(answer, JSON.stringify(body)).toMatchObject({ status: 409, body: { code: 'conflict' } });
      expect((answer.body as { error: string }).error).toContain('messageId');
    }

    expect(servers.app.provider.requests).toHaveLength(sentBefore);
    expect((await session()).activeStreamId).toBeDefined();
    gated.open();
    await readUntil(reading, 'whole');
    expect((await session()).messages).toHaveLength(4);
  });

  test('the same ids with the same key are the same start', async () => {
    const body = { message: '潮汐 🌊', sessionId: 's', messageId: 'a', replyId: 'b' };

    const answers = await Promise.all(
      [servers.app, servers.other, servers.app, servers.other].map((node) => post(body, { key: 'k', node })),
    );

    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect((await session()).messages).toHaveLength(2);
    expect((await post({ ...body, replyId: 'c' }, { key: 'k' })).status).toBe(409);
  });

  test('of concurrent starts with one id one succeeds, and the others are 409', async () => {
    const starts = Array.from({ length: 6 }, (_, index) =>
      post(
        { message: '潮汐', sessionId: `s-${index}`, messageId: 'same' },
        { key: `${index}`, node: index % 2 ? servers.app : servers.other },
      ),
    );

    const statuses = (await Promise.all(starts)).map(({ status }) => status);

    expect(statuses.sort()).toEqual([201, 409, 409, 409, 409, 409]);
  });

  test('another user may choose the same ids, and sees none of the other messages', async () => {
    const [one, two] = ['一 '.repeat(60_000), '二 '.repeat(70_000)];
    servers.app.provider.respond(providerScripts.reply([one]));
    await say({ message: '关于一', messageId: 'a', replyId: 'b' });
    servers.app.provider.respond(providerScripts.reply([two]));
    await say({ message: '关于二', messageId: 'a', replyId: 'b' }, `${user}-2`);
    servers.app.provider.respond(providerScripts.reply(['more']));
    await say({ parentId: 'b' }, `${user}-2`);

    const contents = async (as: string) => (await session('s', as)).messages.map(({ content }) => content);
    expect(await contents(user)).toEqual(['关于一', one]);
    expect(await contents(`${user}-2`)).toEqual(['关于二', two, '潮汐', 'more']);
    const found = await servers.other.send(`${routes.sessions}?search=${encodeURIComponent('关于二')}`, { user });
    expect((found.body as SessionsResponse).sessions).toEqual([]);
    expect((await servers.other.send(routes.exportSession('s', 'json'), { user })).text).not.toContain('二');
    expect((await post({ message: 'x', sessionId: 's', parentId: 'a' }, { as: `${user}-3` })).status).toBe(400);
  });

  test('the ids of deleted messages are free at once', async () => {
    await say({ messageId: 'a', replyId: 'b' });
    expect((await servers.app.send(routes.session('s'), { user, method: 'DELETE' })).status).toBe(204);

    await say({ messageId: 'b', replyId: 'a', message: '新' });
    expect(idsOf(await session())).toEqual([
      ['b', undefined],
      ['a', 'b'],
    ]);

    expect((await servers.app.send(routes.sessions, { user, method: 'DELETE' })).status).toBe(204);
    await say({ messageId: 'a', replyId: 'b', sessionId: 't' });
    expect(idsOf(await session('t'))).toEqual([
      ['a', undefined],
      ['b', 'a'],
    ]);
    expect((await servers.other.send(routes.session('s'), { user })).status).toBe(404);
  });

  test.each([
    [{ messageId: '' }, { messageId: 'must not be empty' }],
    [{ messageId: 'x'.repeat(129) }, { messageId: 'must have at most 128 characters' }],
    [{ replyId: 'a\0b' }, { replyId: 'must be well-formed text without U+0000' }],
    [{ replyId: '\ud83d' }, { replyId: 'must be well-formed text without U+0000' }],
    [{ messageId: 7 }, { messageId: expect.any(String) }],
    [{ replyId: null }, { replyId: expect.any(String) }],
    [{ messageId: 'a', replyId: 'a' }, { replyId: 'must differ from messageId' }],
    [{ messageId: 'a', sessionId: undefined }, { sessionId: 'is missing: messageId needs it' }],
    [{ replyId: 'a', sessionId: undefined }, { sessionId: 'is missing: replyId needs it' }],
    [{ messageId: 'a', message: undefined, regenerate: 'b' }, { messageId: 'must be absent with regenerate' }],
  ])('%j is 400', async (body, fields) => {
    const answer = await post({ message: '潮汐', sessionId: 's', ...body });

    expect(answer).toMatchObject({ status: 400, body: { code: 'bad-request', fields } });
  });

  test('EventSource chooses ids in the query', async () => {
    const query = new URLSearchParams({
      message: '潮汐',
      sessionId: 's',
      messageId: 'a'.repeat(128),
      replyId: 'msg-é',
    });

    expect((await servers.app.send(`${routes.streamSse}?${query}`, { user, method: 'GET' })).status).toBe(200);

    expect((await session()).messages.map(({ id }) => id)).toEqual(['a'.repeat(128), 'msg-é']);
  });
});
