// The limits of tokens a day of a user and of an organization: exact across nodes, in races and after a crash.
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { routes, type UsageResponse } from '@sillage/protocol';
import { collect, providerScripts, removeFolder, tempFolder } from '@sillage/testing';
import { describe, expect, test } from 'vitest';
import {
  endOf,
  estimated,
  gatedReply,
  type RequestOptions,
  readUntil,
  startApp,
  type TestApp,
} from '../app.testing.ts';
import { serversOnEachDatabase, useServers } from '../nodes/nodes.testing.ts';

const { reply, stallAfter } = providerScripts;
const message = '潮 🌊';
const settings = { tokens_per_day: '1000', organization_tokens_per_day: '5000' };
const exceeded = { status: 429, body: { code: 'quota-exceeded' } };
const usageOf = (prompt_tokens: number, completion_tokens: number) => ({ usage: { prompt_tokens, completion_tokens } });

describe.each(serversOnEachDatabase)('on %s', (_, start) => {
  const servers = useServers(start, { settings: { ...settings, ai_titles: 'true' } });

  function answer(script: Parameters<TestApp['provider']['respond']>[0]): void {
    for (const node of [servers.app, servers.other]) node.provider.respond(script);
  }
  const say = (user: string, body: object = {}, options: RequestOptions = {}) =>
    servers.app.send(routes.stream, { user, body: { message, ...body }, ...options });
  const nodeOf = (index: number) => (index % 2 === 0 ? servers.app : servers.other);
  const requests = () =>
    [...new Set([servers.app, servers.other])].reduce((sum, node) => sum + node.provider.requests.length, 0);

  test('a start beyond what is left of the day is refused until midnight UTC, before it has an effect', async () => {
    answer(reply(['船'], usageOf(900, 100)));
    await say('ada');
    const sent = requests();

    const before = Date.now() / 1000;
    const refused = await say('ada', { sessionId: 's' });
    const after = Date.now() / 1000;
    const onOther = await servers.other.send(routes.streams, { user: 'ada', body: { message } });

    expect([refused, onOther]).toMatchObject([exceeded, exceeded]);
    const toMidnight = (seconds: number) => 86_400 - (seconds % 86_400);
    const retryAfter = Number(refused.headers['retry-after']);
    expect(retryAfter).toBeGreaterThan(toMidnight(after) - 1);
    expect(retryAfter).toBeLessThan(toMidnight(before) + 1);
    expect((await servers.app.send(routes.session('s'), { user: 'ada' })).status).toBe(404);
    expect(requests()).toBe(sent);
    expect((await say('bob')).status).toBe(200);
  });

  test('the completion request is limited to the tokens that are left', async () => {
    answer(reply(['船'], usageOf(500, 100)));
    await say('eve');
    await say('eve');

    const { body } = servers.app.provider.requests.at(-1) ?? {};
    const { max_tokens } = body as { max_tokens: number };
    expect(max_tokens).toBeGreaterThan(300);
    expect(max_tokens).toBeLessThan(400);
    expect(await say('grace', { maxTokens: 2_000 })).toMatchObject(exceeded);
  });

  test('of many concurrent starts on both nodes, as many succeed as their reservations allow; the ends replace the reservations', async () => {
    const { script, open } = gatedReply(['x'], ['y']);
    answer(script);
    const starts = Array.from({ length: 8 }, (_each, index) =>
      nodeOf(index).send(routes.streams, { user: 'race', body: { message, maxTokens: 300 } }),
    );

    const answers = await Promise.all(starts);
    const started = answers.filter((one) => one.status === 201);
    open();
    const ids = started.map((one) => (one.body as { streamId: string }).streamId);
    await Promise.all(ids.map((id) => servers.other.read(id, { user: 'race' })));

    expect(started).toHaveLength(3);
    for (const one of answers) if (one.status !== 201) expect(one).toMatchObject(exceeded);
    expect((await say('race', { maxTokens: 300 })).status).toBe(200);
  });

  test('the users of an organization share its limit, also in a race', async () => {
    const { script, open } = gatedReply(['x'], ['y']);
    answer(script);
    const claims = { organizations: ['acme', 'other'] };
    const starts = Array.from({ length: 10 }, (_each, index) =>
      nodeOf(index).send(routes.streams, {
        user: `member-${index}`,
        claims,
        body: { message, maxTokens: 900 },
      }),
    );

    const answers = await Promise.all(starts);
    const elsewhere = await servers.app.send(routes.streams, {
      user: 'member-x',
      claims,
      body: { message, maxTokens: 900, currentOrganizationId: 'other' },
    });
    open();

    expect(answers.filter((one) => one.status === 201)).toHaveLength(5);
    for (const one of answers) if (one.status !== 201) expect(one).toMatchObject(exceeded);
    expect(elsewhere.status).toBe(201);
  });

  test('a stop just before the end is not free', async () => {
    answer(stallAfter(['word '.repeat(990)]));
    const response = await servers.app.open(routes.stream, { user: 'stops', body: { message } });
    await readUntil(response, 'word');
    await servers.other.send(routes.stop(String(response.headers['stream-id'])), { method: 'POST', user: 'stops' });
    const end = endOf(await collect(response.messages));

    expect(end.usage).toEqual(estimated);
    expect(await say('stops')).toMatchObject(exceeded);
  });

  test('a start that replaces a running reply may use what that one had reserved', async () => {
    answer(stallAfter(['x']));
    const first = await servers.app.open(routes.stream, { user: 'again', body: { message, sessionId: 's' } });
    await readUntil(first, 'x');
    answer(reply(['船'], usageOf(9, 1)));

    expect((await say('again', { sessionId: 's' })).status).toBe(200);
    expect(endOf(await collect(first.messages))).toMatchObject({ finishReason: 'stopped' });
  });

  test('a title is requested only with tokens that are left, and counts', async () => {
    answer(reply(['船'], usageOf(700, 50)));
    const sent = requests();
    await say('titled', { sessionId: 't' });
    answer(reply(['船'], usageOf(10, 1)));
    await say('untitled', { sessionId: 't' });

    await expect.poll(requests).toBe(sent + 3);
    const used = async (user: string) =>
      ((await servers.other.send(routes.usage, { user })).body as UsageResponse).today;
    await expect.poll(() => used('untitled')).toMatchObject({ promptTokens: 20, completionTokens: 2, replies: 1 });
    expect(await used('titled')).toMatchObject({ promptTokens: 700, completionTokens: 50 });
  });
});

test('the organization may be another claim, with one id', async () => {
  const server = await startApp({ settings: { ...settings, tokens_per_day: '0', jwt_organizations_claim: 'org_id' } });
  const { script, open } = gatedReply(['x'], ['y']);
  server.provider.respond(script);
  const ask = (user: string, org_id: string) =>
    server.send(routes.streams, { user, claims: { org_id }, body: { message, maxTokens: 4_000 } });

  const [first, second, other] = [await ask('ada', '公司'), await ask('bob', '公司'), await ask('eve', 'other')];
  open();
  await server.close();

  expect(first.status).toBe(201);
  expect(second).toMatchObject(exceeded);
  expect(other.status).toBe(201);
});

test('a crash leaks no reservation: what the reply had used is counted, the rest is free again', async () => {
  const [dataDir, crashed] = [tempFolder(), tempFolder()];
  const first = await startApp({ dataDir, settings });
  first.provider.respond(stallAfter(['船 🌊']));
  const streamId = await first.start({ message });
  await readUntil(await first.open(routes.streamById(streamId)), '船');
  const full = await first.send(routes.streams, { body: { message } });
  cpSync(join(dataDir), crashed, { recursive: true, filter: (path) => !path.endsWith('.lock') });

  const second = await startApp({ dataDir: crashed, settings });
  const recovered = await second.read(streamId);
  const { today } = (await second.send(routes.usage)).body as UsageResponse;
  const started = await second.send(routes.streams, { body: { message } });
  await Promise.all([first.close(), second.close()]);
  for (const folder of [dataDir, crashed]) removeFolder(folder);

  expect(full).toMatchObject(exceeded);
  expect(endOf(recovered)).toMatchObject({ finishReason: 'interrupted', usage: estimated });
  expect(today).toMatchObject({ replies: 1, estimatedReplies: 1 });
  expect(today.completionTokens).toBeGreaterThan(0);
  expect(started.status).toBe(201);
});
