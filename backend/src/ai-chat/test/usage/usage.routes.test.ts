// The usage of replies, however they end, on the end, on the message and in `GET /usage`.
import { routes, type Usage, type UsageResponse } from '@sillage/protocol';
import { collect, type ProviderScript, providerScripts } from '@sillage/testing';
import { countTokens } from 'gpt-tokenizer/encoding/cl100k_base';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { endOf, gatedReply, readUntil, type TestApp } from '../app.testing.ts';
import { serversOnEachDatabase } from '../nodes/nodes.testing.ts';

const { reply, raw, status, stallAfter, errorAfter } = providerScripts;
const message = '潮汐与月亮 🌊 what is a wake?';
const text = 'A wake 船迹 🌊 stays';
/** The overhead of one message of a request. */
const overhead = 4;
const promptTokens = countTokens(message) + overhead;
const completionTokens = countTokens(text);
const counted = { promptTokens, completionTokens, estimated: true };
const isTitle = (body: unknown) => JSON.stringify(body).includes('Name this conversation');
const chunk = (fields: object) => `data: ${JSON.stringify(fields)}\n\n`;

describe.each(serversOnEachDatabase)('on %s', (_, start) => {
  let app: TestApp;
  let other: TestApp;
  let close: () => Promise<void>;
  let users = 0;
  let user = '';

  beforeAll(async () => {
    const prices = JSON.stringify({ 'gpt-3.5-turbo': { prompt: 2, cached: 1, completion: 10 } });
    const settings = { ai_titles: 'true', ai_prices: prices, ai_stall_timeout: '1' };
    ({ app, other, close } = await start({ settings, timings: { titleMs: 500 } }));
    await warmUp();
  });
  afterAll(() => close?.());

  /** Makes the model answer; it says no title. */
  function answer(script: ProviderScript, title: ProviderScript = status(400, { error: 'no' })): void {
    users += 1;
    user = `ada-${users}`;
    const answering: ProviderScript = (request, response) =>
      (isTitle(request.body) ? title : script)(request, response);
    app.provider.respond(answering);
    other.provider.respond(answering);
  }
  /** Counts until the tokenizer has loaded, on both nodes. */
  async function warmUp() {
    answer(reply([text], { usage: false }));
    for (const node of [app, other]) {
      const count = async () => {
        const { messages } = await node.open(routes.stream, { user, body: { message } });
        expect(endOf(await collect(messages))).toMatchObject({ usage: { completionTokens } });
      };
      await vi.waitFor(count, { timeout: 30_000 });
    }
  }
  /** Starts a reply in a conversation, and resolves with its end and with its message. */
  async function say(readIt = collectEnd): Promise<{ end: Usage | undefined; stored: Usage | undefined }> {
    const response = await app.open(routes.stream, { user, body: { message, sessionId: 's' } });
    const end = await readIt(response);
    const { messages } = await other.session('s', { user });
    return { end: end.usage as Usage | undefined, stored: messages.at(-1)?.usage };
  }
  async function collectEnd({ messages }: Awaited<ReturnType<TestApp['open']>>) {
    return endOf(await collect(messages));
  }
  async function usage(): Promise<UsageResponse> {
    return (await other.send(routes.usage, { user })).body as UsageResponse;
  }

  test('has the figures of the provider, with cached and reasoning tokens, and the cost', async () => {
    const figures = {
      prompt_tokens: 1_000,
      completion_tokens: 100,
      prompt_tokens_details: { cached_tokens: 400 },
      completion_tokens_details: { reasoning_tokens: 30 },
    };
    answer(reply([text], { usage: figures }));

    const { end, stored } = await say();

    const cost = (600 * 2 + 400 * 1 + 100 * 10) / 1e6;
    const expected = { promptTokens: 1_000, completionTokens: 100, cachedTokens: 400, reasoningTokens: 30, cost };
    expect(end).toEqual(expected);
    expect(stored).toEqual(expected);
    const { today, models, days, limits } = await usage();
    expect(today).toEqual({ ...expected, replies: 1 });
    expect(models).toEqual([{ ...expected, model: 'gpt-3.5-turbo', replies: 1 }]);
    expect(days).toHaveLength(30);
    expect(days[0]).toEqual({ ...expected, day: new Date().toISOString().slice(0, 10), replies: 1 });
    expect(limits).toMatchObject({ tokensPerDay: 0, startsPerMinute: 10_000 });
  });

  test.each<[string, ProviderScript, object]>([
    ['a complete reply without figures', reply([text], { usage: false }), counted],
    ['a reply that fails after its text', errorAfter([text], { message: 'overloaded', code: 503 }), counted],
    ['a reply whose provider falls silent', stallAfter([text]), counted],
    ['a silent reply without text', stallAfter([]), { ...counted, completionTokens: 0 }],
    [
      'a reply that breaks off after figures of its prompt',
      raw([chunk({ choices: [{ delta: { content: text } }], usage: { prompt_tokens: 77, completion_tokens: 1 } })]),
      { ...counted, promptTokens: 77 },
    ],
    [
      'a complete reply whose figures came before its text',
      raw([
        chunk({ choices: [{ delta: { content: 'A' } }], usage: { prompt_tokens: 77, completion_tokens: 1 } }),
        chunk({ choices: [{ delta: { content: text.slice(1) } }] }),
        chunk({ choices: [{ delta: {}, finish_reason: 'stop' }] }),
        'data: [DONE]\n\n',
      ]),
      { ...counted, promptTokens: 77 },
    ],
    [
      'a reply of a provider that says 0 of everything',
      reply([text], { usage: { prompt_tokens: 0, completion_tokens: 0 } }),
      counted,
    ],
  ])('is counted from the stored text for %s', async (_case, script, expected) => {
    answer(script);

    const { end, stored } = await say();

    expect(end).toMatchObject(expected);
    expect(stored).toEqual(end);
    expect((await usage()).today).toMatchObject({ replies: 1, estimatedReplies: 1, promptTokens: end?.promptTokens });
  });

  test('of figures that no reply can have is counted instead, so that sums stay readable', async () => {
    const most = Number.MAX_SAFE_INTEGER;
    answer(reply([text], { usage: { prompt_tokens: most, completion_tokens: most } }));

    expect(await say()).toMatchObject({ end: counted });
    expect(await say()).toMatchObject({ end: { estimated: true } });
    expect((await usage()).today).toMatchObject({ replies: 2, estimatedReplies: 2 });
  });

  test('of a request that the provider rejects is zero', async () => {
    answer(status(401, { error: { message: 'no' } }));

    expect(await say()).toEqual({ end: undefined, stored: undefined });
    expect((await usage()).today).toEqual({ promptTokens: 0, completionTokens: 0, replies: 1 });
  });

  test('of a stopped reply counts the request and the text until then, also after its deletion', async () => {
    answer(stallAfter([text]));

    const { end, stored } = await say(async (response) => {
      await readUntil(response, text);
      await other.send(routes.stop(String(response.headers['stream-id'])), { method: 'POST', user });
      return endOf(await collect(response.messages));
    });

    expect(end).toMatchObject(counted);
    expect(stored).toEqual(end);
    await other.send(routes.sessions, { method: 'DELETE', user });
    expect((await usage()).today).toMatchObject({ promptTokens, completionTokens, replies: 1 });
  });

  test("of a title counts for its user, by the provider’s figures or by the server's estimate", async () => {
    answer(reply([text]), stallAfter(['A title 船']));
    await say();

    await expect.poll(async () => (await usage()).today.completionTokens).toBe(1 + countTokens('A title 船'));
    expect((await usage()).today.replies).toBe(1);
    answer(reply([text]), reply(['A', ' title']));
    await say();
    await expect.poll(async () => (await usage()).today).toMatchObject({ promptTokens: 18, completionTokens: 3 });
  });

  test('is the user’s own', async () => {
    answer(reply([text]));
    await say();

    const foreign = (await app.send(routes.usage, { user: 'bob' })).body as UsageResponse;

    expect(foreign.today).toEqual({ promptTokens: 0, completionTokens: 0, replies: 0 });
    expect((await app.send(routes.usage, { user: null })).status).toBe(401);
  });

  test('of a reply that ends while nobody reads is counted', async () => {
    const { script, open } = gatedReply(['One'], [' two']);
    answer(script);
    const streamId = await app.start({ message }, { user });
    open();
    await app.read(streamId, { user });

    expect((await usage()).today).toMatchObject({ replies: 1, completionTokens: countTokens('One two') });
  });
});
