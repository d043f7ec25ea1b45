// The AI SDK's `useChat` on stored streams (docs/ai-sdk.md), with the real packages of its three major versions.
import { collect, providerChunk, providerScripts, type SseMessage } from '@sillage/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { gatedReply } from '../app.testing.ts';
import { serversOnEachDatabase, useServers } from '../nodes/nodes.testing.ts';
import { openPage, type PageOptions, textOf, type UiMessage, type UiPart, versions } from './ai-sdk.testing.ts';

const { reply, stallAfter, resetAfter, hangBeforeHeaders } = providerScripts;
const [, [, ai6], [, ai7]] = versions as [(typeof versions)[0], (typeof versions)[0], (typeof versions)[0]];
const text = 'Bonjour 你好 👋🏽 !';

const user = (id: string, said: string): UiMessage => ({ id, role: 'user', parts: [{ type: 'text', text: said }] });
const assistant = (id: string, said: string): UiMessage => ({ ...user(id, said), role: 'assistant' });

describe.each(serversOnEachDatabase)('on %s', (_, start) => {
  const servers = useServers(start);
  let id: string;

  beforeEach(() => {
    id = crypto.randomUUID();
    for (const node of [servers.app, servers.other]) node.provider.respond(reply(Array.from(text)));
  });

  const page = (sdk = ai7, options: Partial<PageOptions> = {}, node = servers.app) =>
    openPage(sdk, { url: `${node.url}/api/chat`, token: () => node.token(), id, ...options });
  const post = (body: unknown, node = servers.app, options = {}) =>
    node.send('/api/chat', { method: 'POST', body, ...options });
  const resume = (node = servers.app, options = {}) => node.open(`/api/chat/${id}/stream`, options);
  const stop = (node = servers.app, options = {}) => node.send(`/api/chat/${id}/stop`, { method: 'POST', ...options });
  const stored = async () => (await servers.app.session(id)).messages;
  const requests = () =>
    servers.app.provider.requests.length + (servers.other === servers.app ? 0 : servers.other.provider.requests.length);
  const asked = () => {
    const body = servers.app.provider.requests.at(-1)?.body as { messages: { role: string; content: string }[] };
    return body.messages.filter(({ role }) => role !== 'system').map(({ content }) => content);
  };

  describe.each(versions)('%s', (_name, sdk) => {
    test('a reply arrives with its reasoning, its usage and the id of the stored message', async () => {
      servers.app.provider.respond((_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        for (const content of ['想', '🤔']) response.write(providerChunk({ reasoning_content: content }));
        for (const content of Array.from(text)) response.write(providerChunk({ content }));
        response.write(providerChunk({}, 'stop'));
        response.write(`data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2}}\n\n`);
        response.end('data: [DONE]\n\n');
      });
      const { chat, parts, finished } = page(sdk);

      await chat.sendMessage({ text: 'Salut 🚢' });

      expect(chat.status).toBe('ready');
      const [prompt, answer] = await stored();
      expect(chat.messages.map((message) => message.id)).toEqual([prompt?.id, answer?.id]);
      expect(chat.lastMessage?.parts).toMatchObject([
        { type: 'step-start' },
        { type: 'reasoning', text: '想🤔', state: 'done' },
        { type: 'text', text, state: 'done' },
      ]);
      expect(chat.lastMessage?.metadata).toMatchObject({
        model: 'gpt-3.5-turbo',
        finishReason: 'stop',
        usage: { inputTokens: 9, outputTokens: 2, totalTokens: 11 },
      });
      expect(finished).toMatchObject([{ isError: false, isAbort: false }]);
      expect(kindsOf(parts)).toEqual(
        [
          'start',
          'start-step',
          'reasoning-start',
          'reasoning-delta',
          'reasoning-end',
          'text-start',
          'text-delta',
        ].concat(['text-end', 'finish-step', 'finish']),
      );
    });

    test('a page that resumes gets the whole reply under way, or 204 without one', async () => {
      const { script, open } = gatedReply(['前半 👩‍🚀'], [' et la fin']);
      servers.app.provider.respond(script);
      const first = page(sdk);
      const sent = first.chat.sendMessage({ text: 'x' });
      await arrival(first.parts, 'text-delta');
      const reloaded = page(sdk, { messages: [user(first.chat.messages[0]?.id ?? '', 'x')] }, servers.other);

      const resumed = reloaded.chat.resumeStream();
      await arrival(reloaded.parts, 'text-delta');
      open();
      await Promise.all([sent, resumed]);

      expect([first.shown(), reloaded.shown()]).toEqual(Array(2).fill(['x', '前半 👩‍🚀 et la fin']));
      expect(reloaded.finished).toHaveLength(1);
      const late = page(sdk);
      await late.chat.resumeStream();
      expect([late.chat.status, late.chat.messages]).toEqual(['ready', []]);
    });

    test("a failure after the start is shown as the server's message, with the text so far", async () => {
      servers.app.provider.respond(resetAfter(['Début', ' 前半']));
      const { chat, finished, parts } = page(sdk);

      await chat.sendMessage({ text: 'x' });

      expect(chat.status).toBe('error');
      expect(chat.error?.message).toMatch(/^The model .* Try again/);
      expect(textOf(chat.messages[1] as UiMessage)).toBe('Début 前半');
      expect(chat.lastMessage?.metadata).toMatchObject({ finishReason: 'error', code: 'provider-unavailable' });
      expect(finished).toMatchObject([{ isError: true }]);
      expect(parts.filter(({ type }) => type === 'error')).toHaveLength(1);
    });

    test('a stop from another page ends the reply in this one, and keeps its text', async () => {
      servers.app.provider.respond(stallAfter(['À moitié 一半']));
      const { chat, parts, finished } = page(sdk);
      const sent = chat.sendMessage({ text: 'x' });
      await arrival(parts, 'text-delta');

      const stopped = await stop(servers.other);
      await sent;

      expect(stopped.body).toMatchObject({ finishReason: 'stopped' });
      expect(chat.status).toBe('ready');
      expect(textOf(chat.lastMessage as UiMessage)).toBe('À moitié 一半');
      expect(chat.lastMessage?.metadata).toMatchObject({ finishReason: 'stopped' });
      expect(kindsOf(parts).slice(-4)).toEqual(['text-end', 'finish-step', 'abort', 'finish']);
      expect(finished).toHaveLength(1);
      expect((await stop()).status).toBe(204);
    });

    test('regenerate adds a sibling, and an edit a branch', async () => {
      const { chat } = page(sdk);
      await chat.sendMessage({ text: 'un' });
      await chat.sendMessage({ text: 'deux' });
      await chat.regenerate();
      const [first, , second] = chat.messages.map((message) => message.id);

      await chat.sendMessage({ text: '一', messageId: first as string });
      await chat.sendMessage({ text: 'trois' });
      await chat.regenerate({ messageId: chat.lastMessage?.id as string });

      expect(chat.error).toBeUndefined();
      expect(asked()).toEqual(['一', text, 'trois']);
      const messages = await stored();
      const children = (parent: string | undefined) =>
        messages.filter(({ parentId }) => parentId === parent).map(({ content }) => content);
      expect(children(undefined)).toEqual(['un', '一']);
      expect(children(second)).toEqual([text, text]);
      const last = messages.find(({ content }) => content === 'trois');
      expect(children(last?.id)).toEqual([text, text]);
      expect(chat.messages.at(-2)?.id).toBe(last?.id);
    });
  });

  test('the stream has the headers of version 1, and ids that its readers ignore', async () => {
    const { messages, headers } = await servers.app.open('/api/chat', { body: { id, messages: [user('u1', 'x')] } });
    const all = await collect(messages);

    expect(headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'x-vercel-ai-ui-message-stream': 'v1',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      'stream-id': expect.any(String),
    });
    expect(all.at(-1)?.data).toBe('[DONE]');
    const streamId = headers['stream-id'];
    expect(all.at(-2)?.id).toBe(`${streamId}/${text.length + 1}`);
    expect(all[1]?.id).toBe(`${streamId}/0`);
  });

  test.each([
    ['all messages', undefined],
    ['the last message in a list', ({ id, messages }) => ({ id, messages: messages.slice(-1) })],
    ['the last message alone', ({ id, messages }) => ({ id, message: messages.at(-1) })],
    ['the last message of a request of their documentation', lastOrRegenerate],
  ] satisfies [string, PageOptions['request']][])(
    'the stored conversation is the context of %s',
    async (_name, request) => {
      const { chat } = page(ai6, { request });

      await chat.sendMessage({ text: 'un' });
      await chat.sendMessage({ text: 'deux' });

      expect(chat.error).toBeUndefined();
      expect(asked()).toEqual(['un', text, 'deux']);
      const ids = (await stored()).map((message) => message.id);
      expect(chat.messages.map((message) => message.id)).toEqual(ids);
      await chat.regenerate();
      expect(chat.error).toBeUndefined();
    },
  );

  test('regenerate without messages makes a sibling', async () => {
    const { chat } = page(ai6, { request: lastOrRegenerate });
    await chat.sendMessage({ text: 'un' });
    const [prompt, first] = chat.messages;

    await chat.regenerate({ messageId: first?.id as string });
    await chat.regenerate();

    expect(chat.error).toBeUndefined();
    expect((await stored()).map(({ parentId }) => parentId)).toEqual([undefined, ...Array(3).fill(prompt?.id)]);
  });

  test('the further fields of the body are those of a chat request', async () => {
    const body = { workspaceId: 'w-海', temperature: 0.5, maxTokens: 7, history: [], theme: 'dark' };
    const { chat } = page(ai7, { body });

    await chat.sendMessage({ text: 'x' });

    expect(servers.app.provider.requests.at(-1)?.body).toMatchObject({ temperature: 0.5 });
    const outside = { claims: { workspaces: ['other'] } };
    expect((await resume(servers.app, outside)).status).toBe(404);
    expect((await post({ id, messages: [user('m', 'x')], ...body }, servers.app, outside)).status).toBe(404);
    expect((await post({ ...body, id: 'new', messages: [user('m', 'x')] }, servers.app, outside)).status).toBe(403);
    expect((await post({ id, messages: [user('m', 'x')], model: 'none' })).text).toMatch(/^model must be one of/);
  });

  test('a message that is sent twice is started once: concurrently, during the reply and after it', async () => {
    const before = requests();
    const { script, open } = gatedReply(['一'], ['二']);
    for (const node of [servers.app, servers.other]) node.provider.respond(script);
    const body = { id, messages: [user(`u-${id}`, 'x')], trigger: 'submit-message' };

    const twice = [post(body), post(body, servers.other)];
    await Promise.race([servers.app.provider.received(), servers.other.provider.received()]);
    const third = servers.app.open('/api/chat', { body });
    const [first] = [await third];
    open();
    const answers = await Promise.all(twice);
    answers.push(await post(body, servers.other));

    const streams = new Set([...answers, first].map(({ headers }) => headers['stream-id']));
    expect(streams.size).toBe(1);
    for (const answer of answers) expect(textIn(answer.text)).toBe('一二');
    expect(requests() - before).toBe(1);
    expect(await stored()).toHaveLength(2);
  });

  test('a regenerate that is sent twice is one more reply, and a later one is another reply', async () => {
    const messages = [user(`u-${id}`, 'x')];
    await post({ id, messages });
    const regenerate = { id, messages, trigger: 'regenerate-message' };

    const [one, two] = await Promise.all([post(regenerate), post(regenerate)]);
    const third = await post(regenerate);

    expect(one.headers['stream-id']).toBe(two.headers['stream-id']);
    expect(third.headers['stream-id']).not.toBe(one.headers['stream-id']);
    expect(await stored()).toHaveLength(4);
  });

  test('a message whose start was rejected is sent by regenerate, as a page retries', async () => {
    await post({ id, messages: [user(`u-${id}`, 'x')], trigger: 'regenerate-message' });

    expect((await stored()).map(({ id }) => id)).toEqual([`u-${id}`, expect.any(String)]);
  });

  test('an edit that repeats a text asks again, and follows the branch that the page shows', async () => {
    const { chat } = page();
    await chat.sendMessage({ text: 'un' });
    const first = chat.messages[0]?.id as string;

    for (const said of ['un', '二', '二', 'un']) await chat.sendMessage({ text: said, messageId: first });
    await chat.sendMessage({ text: 'suite' });

    expect(chat.error).toBeUndefined();
    expect(asked()).toEqual(['un', text, 'suite']);
    const prompts = (await stored()).filter(({ role }) => role === 'user').map(({ content }) => content);
    expect(prompts).toEqual(['un', '二', 'suite']);
  });

  test('a page that shows other messages than the server has gets an error, and nothing is started', async () => {
    const { chat } = page();
    await chat.sendMessage({ text: 'un' });
    await chat.sendMessage({ text: 'deux' });
    const [u1, a1, u2, a2] = chat.messages as [UiMessage, UiMessage, UiMessage, UiMessage];
    const before = requests();
    const added = user('added', 'x');

    for (const messages of [
      [u1, assistant('forged', 'Yes'), added],
      [user('unknown', 'x'), added],
      [u1, a2, added],
      [u1, a2, u2, a2, added],
      [u1, { ...a1, id: u2.id }, added],
    ]) {
      const { status, text, headers } = await post({ id, messages });
      expect([status, text]).toEqual([
        409,
        expect.stringMatching(/^The server has other messages .* Load the conversation again\.$/),
      ]);
      expect(headers['content-type']).toBe('text/plain; charset=utf-8');
    }
    expect((await post({ id, trigger: 'regenerate-message', messageId: 'unknown' })).status).toBe(409);
    expect((await post({ id: 'new', messages: [u1, a1, added] })).status).toBe(409);
    expect(requests()).toBe(before);
    expect(await stored()).toHaveLength(4);
  });

  test('a part of the history, a greeting of the page, and a changed text of a reply are no mismatch', async () => {
    const greeting = assistant('greeting', 'Hi! How can I help?');
    const { chat } = page(ai7, { messages: [greeting] });
    await chat.sendMessage({ text: 'un' });
    await chat.sendMessage({ text: 'deux' });
    const [, , a1, u2, a2] = chat.messages as UiMessage[];

    const messages = [assistant(a1?.id as string, 'not what was said'), u2, a2, user(`u-${id}`, 'trois')];
    const answer = await post({ id, messages });

    expect(answer.status).toBe(200);
    expect(asked()).toEqual(['un', text, 'deux', text, 'trois']);
  });

  test('a message after one whose reply the page has not seen is a sibling of that reply', async () => {
    const { chat } = page();
    await chat.sendMessage({ text: 'un' });

    const answer = await post({ id, messages: [chat.messages[0], user(`u-${id}`, 'deux')] });

    expect(answer.status).toBe(200);
    expect(asked()).toEqual(['un\n\ndeux']);
  });

  test.each([
    [{ messages: [] }, 'messages must end with a message of the user.'],
    [{ messages: [assistant('a', 'x')] }, 'messages must end with a message of the user.'],
    [{ messages: [user('m', '')] }, 'message must not be empty.'],
    [{ messages: [user('m', '長'.repeat(32_001))] }, 'message must have at most 32000 characters.'],
    [{ messages: [{ ...user('m', 'x'), role: 'system' }] }, /^messages\.0\.role must be 'user' or 'assistant'/],
    [{ message: { id: 'm', role: 'user', parts: [{ type: 'file', url: 'data:,' }] } }, /parts\.0 must not be a file/],
    [{ id: '', messages: [user('m', 'x')] }, 'id must not be empty.'],
    [{ trigger: 'other' }, /^trigger /],
    [[], /^body /],
  ])('an invalid request is refused with a message for the user: %#', async (body, said) => {
    const answer = await post(Array.isArray(body) ? body : { id, ...body });

    expect(answer.status).toBe(400);
    expect(answer.text).toMatch(said);
  });

  test('a token of another user sees, stops and continues nothing', async () => {
    servers.app.provider.respond(stallAfter(['à moi']));
    const { chat, parts } = page();
    const sent = chat.sendMessage({ text: 'x' });
    await arrival(parts, 'text-delta');

    expect((await resume(servers.app, { user: 'eve' })).status).toBe(204);
    expect((await stop(servers.app, { user: 'eve' })).status).toBe(204);
    const forged = { id, messages: [...chat.messages, user('m', 'x')] };
    expect((await post(forged, servers.app, { user: 'eve' })).status).toBe(409);
    expect(chat.status).toBe('streaming');
    await stop();
    await sent;
  });

  test('an expired token is refused with a message for the user, and the next request, with new headers, is accepted', async () => {
    let token = 'expired';
    const { chat } = page(ai7, { token: () => token });

    await chat.sendMessage({ text: 'x' });
    expect(chat.error?.message).toBe('Sign in again: the token is missing or not valid.');
    token = await servers.app.token();
    await chat.regenerate();

    expect([chat.status, textOf(chat.lastMessage as UiMessage)]).toEqual(['ready', text]);
    for (const path of ['/api/chat', `/api/chat/${id}/stop`]) {
      expect((await servers.app.send(path, { user: null, method: 'POST', body: {} })).status).toBe(401);
    }
    expect((await resume(servers.app, { user: null })).status).toBe(401);
  });

  test('a page that disconnects does not stop the reply; a stop of its conversation does, before the headers, before the first token and mid-stream', async () => {
    for (const script of [hangBeforeHeaders(), stallAfter([]), stallAfter(['début'])]) {
      id = crypto.randomUUID();
      const count = servers.app.provider.requests.length;
      servers.app.provider.respond(script);
      const { chat } = page();
      const sent = chat.sendMessage({ text: 'x' });
      const request = await servers.app.provider.received(count + 1);

      await chat.stop();
      await sent;
      expect((await resume(servers.other)).status).toBe(200);
      const answer = await stop(servers.other);
      await request.closed;

      expect(answer.body).toMatchObject({ finishReason: 'stopped' });
    }
  });

  test('a stop that follows a send at once finds its reply', async () => {
    servers.app.provider.respond(hangBeforeHeaders());

    const opened = servers.app.open('/api/chat', { body: { id, messages: [user(`u-${id}`, 'x')] } });
    let answer = await stop();
    while (answer.status === 204) answer = await stop();

    expect(answer.body).toMatchObject({ finishReason: 'stopped' });
    const parts = await collect((await opened).messages);
    expect(parts.map(typeOf)).toContain('abort');
  });

  test('two devices follow one reply, and a message of one of them replaces it', async () => {
    servers.app.provider.respond(stallAfter(['première 一']));
    const phone = page();
    const sent = phone.chat.sendMessage({ text: 'x' });
    await arrival(phone.parts, 'text-delta');
    const laptop = page(ai7, { messages: [...phone.chat.messages].slice(0, 1) }, servers.other);
    const resumed = laptop.chat.resumeStream();
    await arrival(laptop.parts, 'text-delta');

    for (const node of [servers.app, servers.other]) node.provider.respond(reply(['deuxième']));
    const messages = [...phone.chat.messages, user(`u-${id}`, 'y')];
    const answer = await post({ id, messages }, servers.other);
    await Promise.all([sent, resumed]);

    expect(textIn(answer.text)).toBe('deuxième');
    for (const { chat } of [phone, laptop])
      expect(chat.lastMessage?.metadata).toMatchObject({ finishReason: 'stopped' });
    expect((await stored()).map(({ finishReason }) => finishReason)).toEqual([undefined, 'stopped', undefined, 'stop']);
  });

  test('HEAD of a stream is refused', async () => {
    expect((await resume(servers.app, { method: 'HEAD' })).status).toBe(405);
  });
});

/** The request that their documentation prepares to send only the last message. */
const lastOrRegenerate: PageOptions['request'] = ({ id, messages, trigger, messageId }) =>
  trigger === 'regenerate-message' ? { id, trigger, messageId } : { id, trigger, messageId, message: messages.at(-1) };

function typeOf({ data }: SseMessage): string | undefined {
  return (data as { type?: string } | undefined)?.type;
}

/** The types of parts, repeated ones once. */
function kindsOf(parts: readonly UiPart[]): string[] {
  return parts.map(({ type }) => type).filter((type, index, types) => type !== types[index - 1]);
}

function textIn(stream: string): string {
  const parts = stream.match(/(?<=^data: )\{.*/gm) ?? [];
  return parts.map((data) => (JSON.parse(data) as { delta?: string }).delta ?? '').join('');
}

/** Resolves when a part of this type has arrived. */
async function arrival(parts: readonly UiPart[], type: string): Promise<void> {
  await expect.poll(() => parts.some((part) => part.type === type), { interval: 5 }).toBe(true);
}
