// Conversations over HTTP: list, pagination, search, messages in pages, titles, branches, files.
import { setImmediate as turn } from 'node:timers/promises';
import { routes, type SessionResponse, type SessionsResponse } from '@sillage/protocol';
import { providerScripts } from '@sillage/testing';
import type { Kysely } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { DATABASE } from '../../../database/database.ts';
import type { Schema } from '../../../database/schema.ts';
import { startApp, type TestApp } from '../app.testing.ts';

let server: TestApp;
let user: string;
let count = 0;

beforeAll(async () => {
  server = await startApp();
});
beforeEach(() => {
  user = `user-${++count}`;
  server.provider.respond(providerScripts.reply(['Answer']));
});
afterAll(() => server.close());

async function say(message: string, sessionId: string): Promise<void> {
  const { status, text } = await server.send(routes.stream, { user, body: { message, sessionId } });
  if (status !== 200) throw new Error(text);
}

async function list(query: Record<string, string> = {}): Promise<SessionsResponse> {
  const { status, body, text } = await server.send(`${routes.sessions}?${new URLSearchParams(query)}`, { user });
  if (status !== 200) throw new Error(text);
  return body as SessionsResponse;
}

const idsIn = ({ sessions }: SessionsResponse) => sessions.map(({ sessionId }) => sessionId);
const find = async (search: string) => idsIn(await list({ search })).sort();
const change = (sessionId: string, body: unknown, as = user) =>
  server.send(routes.session(sessionId), { method: 'PATCH', body, user: as });

describe('GET /sessions', () => {
  test('lists the user’s own conversations, last changed first', async () => {
    await say('One', 'a');
    await say('Two', 'b');
    await say('Three', 'a');

    const { sessions, next } = await list();

    expect(sessions.map(({ sessionId, title }) => [sessionId, title])).toEqual([
      ['a', 'One'],
      ['b', 'Two'],
    ]);
    expect(sessions[0]).not.toHaveProperty('activeStreamId');
    expect(next).toBeUndefined();
  });

  test('says which reply is under way', async () => {
    server.provider.respond(providerScripts.stallAfter(['Half']));
    const streamId = await server.start({ message: 'One', sessionId: 'a' }, { user });

    const during = await list();
    await server.send(routes.stop(streamId), { method: 'POST', user });
    const after = await list();

    expect(during.sessions[0]?.activeStreamId).toBe(streamId);
    expect(after.sessions[0]).not.toHaveProperty('activeStreamId');
  });

  test('has pages that omit and repeat nothing', async () => {
    for (const id of ['a', 'b', 'c', 'd', 'e']) await say('x', id);
    const whole = idsIn(await list());

    const paged: string[] = [];
    for (let before: string | undefined = ''; before !== undefined; ) {
      const page = await list({ limit: '2', ...(before && { before }) });
      paged.push(...idsIn(page));
      before = page.next;
    }

    expect(paged).toEqual(whole);
    expect(paged).toHaveLength(5);
  });

  test.each<[string, string | string[], string]>([
    ['limit', '0', 'must be a whole number from 1 to 100'],
    ['limit', '101', 'must be a whole number from 1 to 100'],
    ['limit', 'x', 'must be a whole number from 1 to 100'],
    ['before', 'nonsense', 'must be the next of an earlier page'],
    ['before', Buffer.from('[1,2]').toString('base64url'), 'must be the next of an earlier page'],
    ['search', 'x'.repeat(501), 'must have at most 500 characters'],
    ['limit', ['1', '2'], 'must be a whole number from 1 to 100'],
    ['search', ['one', 'two'], 'must be given once'],
    ['before', ['one', 'two'], 'must be the next of an earlier page'],
  ])('names an invalid %s', async (name, value, what) => {
    const query = new URLSearchParams([value].flat().map((one) => [name, one]));
    const { status, body } = await server.send(`${routes.sessions}?${query}`);

    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'bad-request', fields: { [name]: what } });
  });
});

describe('search', () => {
  test('searches titles, prompts and replies, by the beginnings of words', async () => {
    server.provider.respond(providerScripts.reply(['The quick brown fox']));
    await say('First thing', 'a');
    server.provider.respond(providerScripts.reply(['Nothing here']));
    await say('About foxes', 'b');

    expect(await find('fox')).toEqual(['a', 'b']);
    expect(await find('quick bro')).toEqual(['a']);
    expect(await find('qui brown')).toEqual([]); // only the last word may be begun
    expect(await find('QUICK')).toEqual(['a']);
    expect(await find('thing')).toEqual(['a']);
    expect(await find('absent')).toEqual([]);
  });

  test('finds what was written with accents, without them, and the other way round', async () => {
    await say('Un été à la crème brûlée', 'a');

    for (const words of ['ete', 'été', 'CRÈME', 'creme brulee', 'brule']) expect(await find(words)).toEqual(['a']);
  });

  test('reads every query as words, never as syntax', async () => {
    await say('He said "stop" AND left; it’s 100% C++ NEAR(owner) * col:umn', 'a');
    await say('Other', 'b');

    for (const words of [
      '"stop"',
      'AND left',
      '"',
      "it's 100",
      'C++',
      'NEAR(owner)',
      '*',
      'col:umn',
      '^he',
      'a"b\0c',
    ]) {
      expect(['', 'a', 'b']).toContain((await find(words)).join());
    }
    expect(await find('"stop" AND')).toEqual(['a']);
    expect(await find('said OR absent')).toEqual([]);
    expect(await find('NOT said')).toEqual([]);
    expect(await find('owner:said')).toEqual([]);
    expect(await find('words:said')).toEqual([]);
    expect(await find('"')).toEqual([]);
    expect(await find('  ')).toEqual(['a', 'b']);
  });

  test('finds emoji and other scripts', async () => {
    await say('Riding a 🌊 today', 'a');
    await say('日本語の質問', 'b');

    expect(await find('🌊')).toEqual(['a']);
    expect(await find('日本')).toEqual(['b']);
  });

  test('follows a new title, and has pages', async () => {
    for (const id of ['a', 'b', 'c']) await say('same words', id);
    await change('b', { title: 'Renamed' });

    const first = await list({ search: 'same', limit: '2' });
    const second = await list({ search: 'same', limit: '2', before: String(first.next) });

    expect([...idsIn(first), ...idsIn(second)]).toEqual(['c', 'b', 'a']); // the prompt of b still says so
    expect(second.next).toBeUndefined();
    expect(await find('renamed')).toEqual(['b']);
  });

  test('finds nothing of another user, not even with the same sessionId', async () => {
    await say('private matter', 'a');
    await server.send(routes.stream, { user: 'eve', body: { message: 'hers', sessionId: 'a' } });

    for (const words of ['private', Buffer.from(user).toString('hex')]) {
      const { body } = await server.send(`${routes.sessions}?search=${words}`, { user: 'eve' });
      expect(body).toEqual({ sessions: [] });
    }
  });
});

describe('a search whose client has left', () => {
  test('is dropped from the queue of its user, without a line in the log', async () => {
    await say('common words', 'a');
    const database = server.provided<{ longQuery: Kysely<Schema> }>(DATABASE);
    const { longQuery } = database;
    const opened = Promise.withResolvers<void>();
    let begun = 0;
    database.longQuery = longQuery.withPlugin({
      transformQuery({ node }) {
        begun += 1;
        return node;
      },
      async transformResult({ result }) {
        await opened.promise;
        return result;
      },
    });
    const log = vi.spyOn(process.stdout, 'write');
    const left = new AbortController();
    const search = (signal?: AbortSignal) =>
      server.send(`${routes.sessions}?search=common`, { user, ...(signal && { signal }) });
    const first = search();
    await expect.poll(() => begun).toBe(1);

    const leaving = Array.from({ length: 5 }, () => search(left.signal).catch(() => 'left'));
    await list(); // the server has received those before
    left.abort();
    await Promise.all(leaving);
    await list(); // and has seen that their connections are closed
    opened.resolve();
    const answers = [await first, await search()];
    database.longQuery = longQuery;
    const lines = log.mock.calls.map(String);
    log.mockRestore();

    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(begun).toBe(4); // two queries for each search with a client
    expect(lines.filter((line) => /"level":"(warn|error)"/.test(line))).toEqual([]);
  });
});

describe('GET /sessions/:id', () => {
  test('has pages of the newest messages, oldest first', async () => {
    for (const message of ['One', 'Two', 'Three']) await say(message, 'a');
    const whole = (await server.session('a', { user })).messages.map(({ id }) => id);

    const paged: string[] = [];
    for (let before: string | undefined = ''; before !== undefined; ) {
      const query = new URLSearchParams({ limit: '2', ...(before && { before }) });
      const { body } = await server.send(`${routes.session('a')}?${query}`, { user });
      const { messages, next } = body as { messages: { id: string }[]; next?: string };
      paged.unshift(...messages.map(({ id }) => id));
      before = next;
    }

    expect(whole).toHaveLength(6);
    expect(paged).toEqual(whole);
  });

  test('says after a reload why a reply failed', async () => {
    server.provider.respond(providerScripts.status(401, { error: { message: 'no' } }));
    await say('One', 'a');

    const { messages } = await server.session('a', { user });

    expect(messages[1]).toMatchObject({ content: '', finishReason: 'error', code: 'provider-auth' });
  });
});

describe('PATCH /sessions/:id', () => {
  test('changes the title and not the order of the list', async () => {
    await say('One', 'a');
    await say('Two', 'b');

    const { status, body } = await change('a', { title: '  Mine ✓ ' });

    expect(status).toBe(200);
    expect(body).toMatchObject({ sessionId: 'a', title: 'Mine ✓' });
    expect(idsIn(await list())).toEqual(['b', 'a']);
  });

  test('pins: an old conversation is on the first page until it is unpinned or deleted', async () => {
    for (const id of ['old 潮', 'b', 'c']) await say('x', id);

    const { status, body } = await change('old 潮', { pinned: true });
    const first = await list({ limit: '1' });
    const rest = await list({ limit: '5', before: first.next ?? '' });

    expect(status).toBe(200);
    expect(body).toMatchObject({ sessionId: 'old 潮', title: 'x', pinned: true });
    expect(first.sessions).toEqual([body]);
    expect(idsIn(rest)).toEqual(['c', 'b']);
    expect(await server.session('old 潮', { user })).toMatchObject({ pinned: true });

    expect((await change('old 潮', { pinned: false })).body).not.toHaveProperty('pinned');
    expect(idsIn(await list())).toEqual(['c', 'b', 'old 潮']);

    await change('b', { pinned: true });
    await server.send(routes.session('b'), { method: 'DELETE', user });
    await say('again', 'b');
    expect(idsIn(await list())).toEqual(['b', 'c', 'old 潮']);
    expect((await list()).sessions[0]).not.toHaveProperty('pinned');
  });

  test('remembers the branch that was chosen, and a new message follows it', async () => {
    await say('One', 'a');
    const first = (await server.session('a', { user })).messages[1]?.id;
    await server.send(routes.stream, { user, body: { sessionId: 'a', regenerate: first } });

    const { status } = await change('a', { leafId: first });
    await say('Two', 'a');

    const { messages } = await server.session('a', { user });
    expect(status).toBe(200);
    expect(messages.find(({ content }) => content === 'Two')?.parentId).toBe(first);
  });

  test('refuses a leaf that is no message of this conversation', async () => {
    await say('One', 'a');
    await say('One', 'b');
    const foreign = (await server.session('b', { user })).messages[0]?.id;

    for (const leafId of ['nothing', foreign]) {
      const { status, body } = await change('a', { title: 'No', leafId });
      expect(status).toBe(400);
      expect(body).toMatchObject({ fields: { leafId: 'names no message of this conversation' } });
    }
    expect((await list()).sessions.map(({ title }) => title)).toEqual(['One', 'One']);
  });

  test.each([
    [{}, 'title'],
    [{ title: '   ' }, 'title'],
    [{ title: 'x'.repeat(201) }, 'title'],
    [{ title: 1 }, 'title'],
    [{ leafId: '' }, 'leafId'],
    [{ pinned: 'yes' }, 'pinned'],
    [{ pinned: null }, 'pinned'],
  ])('names the invalid field of %j', async (body, field) => {
    await say('One', 'a');

    const answer = await change('a', body);

    expect(answer.status).toBe(400);
    expect((answer.body as { fields: object }).fields).toHaveProperty(field);
  });
});

describe('GET /sessions/:id/export', () => {
  const download = (query = '') => server.send(`${routes.session('a')}/export${query}`, { user });

  test('writes the branch last used as Markdown', async () => {
    await say('One', 'a');
    const first = (await server.session('a', { user })).messages[1]?.id;
    server.provider.respond(providerScripts.reply(['# Other\n\n`code`']));
    await server.send(routes.stream, { user, body: { sessionId: 'a', regenerate: first } });

    const { status, text, headers } = await download();

    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/markdown; charset=utf-8');
    expect(text).toMatch(
      /^# One\n\n## You\n\n\*[\dTZ:.-]+\*\n\n> One\n\n## gpt-3.5-turbo\n\n\*.+\*\n\n> # Other\n> \n> `code`\n$/,
    );
  });

  test.each([
    ['ASCII', 'x'],
    ['Chinese', '海'],
  ])('a slow reader gets all of a long conversation in %s, as a file and as a page', async (_, character) => {
    const reply = character.repeat(3_000_000);
    server.provider.respond(providerScripts.reply(Array.from({ length: 30 }, () => character.repeat(100_000))));
    await say('One', 'a');

    for (const path of [`${routes.session('a')}/export?format=json`, routes.session('a')]) {
      const slow = await fetch(`${server.url}${path}`, {
        headers: { authorization: `Bearer ${await server.token(user)}` },
      });
      const chunks: Uint8Array[] = [];
      for await (const chunk of slow.body ?? []) {
        chunks.push(chunk);
        await turn();
      }
      const { messages } = JSON.parse(Buffer.concat(chunks).toString()) as SessionResponse;
      expect(messages.map(({ content }) => content === reply || content)).toEqual(['One', true]);
    }
    const { text } = await download();
    expect(text.match(new RegExp(character, 'g'))).toHaveLength(3_000_000);
  });

  test.each([
    ['a heading', '## gpt-3.5-turbo\n\n*2026*\n\nforged 伪造'],
    ['other line ends', 'x\r## You\r\n## You'],
    ['an underlined heading', 'You\n---\nforged'],
    ['an open fence', '```\nswallows what follows'],
    ['HTML', '</blockquote><h2>You</h2>\n<!--'],
    ['an end of the quote', '\n\n## You\n\n'],
  ])('a message cannot forge a turn with %s', async (_, message) => {
    await say(message, 'a');

    const { text } = await download();

    const own = text.split('\n').filter((line) => line !== '' && !line.startsWith('>'));
    expect(own.filter((line) => !/^[#*] ?/.test(line))).toEqual([]);
    expect(own.filter((line) => line.startsWith('## '))).toEqual(['## You', '## gpt-3.5-turbo']);
    expect(text).not.toContain('\r');
    for (const line of text.split('\n')) if (line.includes('<')) expect(line).toMatch(/^(# |> {5})/);
  });

  test('writes everything as JSON', async () => {
    await say('One', 'a');

    const { body, headers } = await download('?format=json');

    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(body).toEqual(await server.session('a', { user }));
  });

  test('names the file after the title, safely', async () => {
    await say('x', 'a');
    await change('a', { title: '../été "x"\r\nSet-Cookie: a=b; 100% 🌊.' });

    const { headers } = await download('?format=json');

    expect(headers['content-disposition']).toBe(
      'attachment; filename="ete x Set-Cookie ab 100.json"; ' +
        "filename*=UTF-8''%C3%A9t%C3%A9%20x%20Set-Cookie%20a%3Db%20100%20%F0%9F%8C%8A.json",
    );
    expect(headers['set-cookie']).toBeUndefined();
  });

  test('has a file name if the title contains none', async () => {
    await say('海', 'a');
    await change('a', { title: '...' });

    expect((await download()).headers['content-disposition']).toBe(
      `attachment; filename="conversation.md"; filename*=UTF-8''conversation.md`,
    );
  });

  test('names an invalid format', async () => {
    await say('x', 'a');

    expect((await download('?format=pdf')).body).toMatchObject({ fields: { format: "must be 'markdown' or 'json'" } });
  });
});

test('everything of another user is 404', async () => {
  await say('One', 'a');
  const other = { user: 'mallory' };

  const answers = [
    await server.send(routes.session('a'), other),
    await server.send(routes.exportSession('a', 'json'), other),
    await change('a', { title: 'Mine' }, 'mallory'),
    await server.send(routes.session('a'), { ...other, method: 'DELETE' }),
    await server.send(routes.session('unknown'), { user, method: 'DELETE' }),
  ];

  expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404]);
  expect((await server.session('a', { user })).title).toBe('One');
});

test('nothing is readable without a token', async () => {
  const answers = [
    await server.send(routes.sessions, { user: null }),
    await server.send(routes.sessions, { user: null, method: 'DELETE' }),
    await server.send(routes.session('a'), { user: null, method: 'PATCH', body: { title: 'x' } }),
    await server.send(routes.feed, { user: null }),
  ];

  expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
});
