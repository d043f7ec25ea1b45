// `@sillage/client/ai-sdk` under the `Chat` class of each version of the AI SDK, against the built server.
import { createFeed } from '@sillage/client';
import { type ChatTransportOptions, createChatTransport } from '@sillage/client/ai-sdk';
import { type CuttingProxy, providerChunk, providerScripts, startProxy, until } from '@sillage/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { controlModel } from '../faults/fixture/controlled-model.ts';
import { awkwardDeltas, expectSameText, type Fixture, openFixture, seededRandom } from '../faults/fixture/fixture.ts';
import { type AnyChat, type ChatFinish, chatClasses, textOf, waitForText } from './chats.ts';

let fixture: Fixture;
let proxy: CuttingProxy;
let chatCount = 0;

beforeAll(async () => {
  fixture = await openFixture();
  proxy = await startProxy(fixture.server.url);
});
afterEach(async () => {
  proxy.setCutAfterBytes(undefined);
  await proxy.resume();
});
afterAll(async () => {
  await proxy.close();
  await fixture[Symbol.asyncDispose]();
});

/** Each connection serves one request, so that the proxy can cut them one by one. */
const closing: typeof fetch = (input, init) =>
  fetch(input, { ...init, headers: { ...Object.fromEntries(new Headers(init?.headers)), connection: 'close' } });

function transportOf(options: ChatTransportOptions = {}) {
  const timings = { backoffMs: 2, backoffMaxMs: 4, attempts: 100_000, ...options.timings };
  return createChatTransport({
    baseUrl: proxy.url,
    getToken: () => fixture.token,
    fetch: closing,
    ...options,
    timings,
  });
}

const newId = () => `chat-${process.pid}-${++chatCount}`;

async function finishReasonOf(id: string): Promise<string | undefined> {
  return (await fixture.session(id)).messages.at(-1)?.finishReason;
}

describe.each(chatClasses)('ai %i', (_version, Chat) => {
  function openChat(options: ChatTransportOptions = {}, id = newId()) {
    const transport = transportOf(options);
    const finishes: ChatFinish[] = [];
    const chat: AnyChat = new Chat({ id, transport, onFinish: (finish) => finishes.push(finish) });
    return { id, transport, chat, finishes };
  }

  /** Opens a chat as a page does that is loaded anew. */
  async function reopenChat(id: string, options: ChatTransportOptions = {}) {
    const transport = transportOf(options);
    const messages = (await transport.loadMessages(id)) as never;
    return { transport, chat: new Chat({ id, transport, messages }) as AnyChat };
  }

  test('a message is sent, its reply has reasoning, text and metadata, and both are stored under their ids', async () => {
    const thought = providerChunk({ reasoning_content: 'Hm, 想一想 🤔' });
    fixture.provider.respond(
      providerScripts.raw([
        thought,
        providerChunk({ content: '你好' }),
        providerChunk({ content: ' 😀' }),
        providerChunk({}, 'stop'),
        'data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3}}\n\n',
        'data: [DONE]\n\n',
      ]),
    );
    const { id, chat, finishes, transport } = openChat({ body: { temperature: 0.5 } });

    await chat.sendMessage({ text: 'Hi' });

    expect(chat).toMatchObject({ status: 'ready', error: undefined });
    const [message, reply] = chat.messages;
    expect(reply?.parts).toMatchObject([
      { type: 'step-start' },
      { type: 'reasoning', text: 'Hm, 想一想 🤔', state: 'done' },
      { type: 'text', text: '你好 😀', state: 'done' },
    ]);
    const { messages } = await fixture.session(id);
    expect(messages.map((stored) => [stored.id, stored.content])).toEqual([
      [message?.id, 'Hi'],
      [reply?.id, '你好 😀'],
    ]);
    const usage = { promptTokens: 9, completionTokens: 3 };
    const { streamId, createdAt, model } = messages[1] ?? {};
    expect(reply?.metadata).toMatchObject({ streamId, createdAt, model, finishReason: 'stop', usage });
    expect(model).toBeTruthy();
    expect(finishes).toMatchObject([{ isAbort: false, isError: false }]);
    expect(fixture.provider.requests.at(-1)?.body).toMatchObject({ temperature: 0.5 });
    expect(JSON.parse(JSON.stringify(await transport.loadMessages(id)))).toMatchObject([
      { id: message?.id, role: 'user', parts: [{ type: 'text', text: 'Hi' }] },
      { id: reply?.id, role: 'assistant', metadata: reply?.metadata, parts: [{}, {}, { text: '你好 😀' }] },
    ]);
  });

  test('a reply whose connection is cut again and again is whole, in one part, and finishes once', async () => {
    const deltas = [...awkwardDeltas(seededRandom(7), 200), '漢字', '😀'.repeat(50)];
    const { chat, finishes } = openChat();
    const before = proxy.cuts;
    const beforeDelta = async (index: number) => {
      if (index % 25 !== 24) return;
      await waitForText(chat, deltas.slice(0, index).join(''));
      proxy.cut();
    };
    fixture.provider.respond(providerScripts.reply(deltas, { beforeDelta }));

    await chat.sendMessage({ text: 'Hi' });

    expect(proxy.cuts - before).toBe(8);
    expect(chat).toMatchObject({ status: 'ready', error: undefined });
    expectSameText(textOf(chat.messages[1]), deltas.join(''));
    expect(finishes).toHaveLength(1);
    expect(chat.messages).toHaveLength(2);
  });

  test('a lost network shows no error, keeps what is shown, and the reply goes on', async () => {
    const model = controlModel(fixture.provider);
    const { chat } = openChat();
    const sent = chat.sendMessage({ text: 'Hi' });
    model.send('Hel');
    await waitForText(chat, 'Hel');
    const shown: string[] = [];

    await proxy.refuse();
    model.send('lo');
    const before = proxy.connections;
    shown.push(textOf(chat.messages[1]), chat.status);
    await proxy.resume();
    await waitForText(chat, 'Hello');
    model.end();
    await sent;

    expect(shown).toEqual(['Hel', 'streaming']);
    expect(proxy.connections).toBeGreaterThan(before);
    expect(chat).toMatchObject({ status: 'ready', error: undefined });
  });

  test('stop() leaves: the generation goes on, and a page that is loaded anew resumes it', async () => {
    const model = controlModel(fixture.provider);
    const { id, chat, finishes } = openChat();
    const sent = chat.sendMessage({ text: 'Hi' });
    model.send('你好');
    await waitForText(chat, '你好');

    await chat.stop();
    await sent;
    const reopened = await reopenChat(id);
    expect(reopened.chat.messages.map(({ role }) => role)).toEqual(['user']);
    const resumed = reopened.chat.resumeStream();
    await waitForText(reopened.chat, '你好');
    model.send('吗 😀');
    model.end();
    await resumed;

    expect(finishes).toMatchObject([{ isAbort: true }]);
    expect(reopened.chat).toMatchObject({ status: 'ready', error: undefined });
    expect(reopened.chat.messages.map(textOf)).toEqual(['Hi', '你好吗 😀']);
    expect(reopened.chat.messages[1]?.id).toBe(chat.messages[1]?.id);
    expect(await finishReasonOf(id)).toBe('stop');
  });

  test('a page that has left resumes in the same chat, with every part once', async () => {
    const model = controlModel(fixture.provider);
    const { chat } = openChat();
    const sent = chat.sendMessage({ text: 'Hi' });
    model.send('One');
    await waitForText(chat, 'One');
    await chat.stop();
    await sent;

    const resumed = chat.resumeStream();
    model.send(' two');
    await waitForText(chat, 'One two');
    model.end();
    await resumed;

    expect(chat.messages.map(textOf)).toEqual(['Hi', 'One two']);
  });

  test('nothing is resumed where no reply is under way', async () => {
    fixture.provider.respond(providerScripts.reply(['Hello']));
    const { id, chat } = openChat();
    await openChat().chat.resumeStream();
    await chat.sendMessage({ text: 'Hi' });
    const reopened = await reopenChat(id);

    await reopened.chat.resumeStream();

    expect(reopened.chat).toMatchObject({ status: 'ready', error: undefined });
    expect(reopened.chat.messages.map(textOf)).toEqual(['Hi', 'Hello']);
  });

  test('with stopOnAbort stop() ends the generation', async () => {
    const model = controlModel(fixture.provider);
    const { id, chat } = openChat({ stopOnAbort: true });
    void chat.sendMessage({ text: 'Hi' });
    model.send('Hel');
    await waitForText(chat, 'Hel');

    await chat.stop();

    await expect.poll(() => finishReasonOf(id)).toBe('stopped');
    expect(chat).toMatchObject({ status: 'ready', error: undefined });
  });

  test('with stopOnAbort a resume that replaces another one is no stop', async () => {
    const model = controlModel(fixture.provider);
    const { id, chat } = openChat();
    const sent = chat.sendMessage({ text: 'Hi' });
    model.send('Hel');
    await waitForText(chat, 'Hel');
    const reopened = await reopenChat(id, { stopOnAbort: true });

    const replaced = [reopened.chat.resumeStream()];
    await waitForText(reopened.chat, 'Hel');
    replaced.push(reopened.chat.resumeStream(), reopened.chat.resumeStream());
    model.send('lo');
    await waitForText(reopened.chat, 'Hello');
    model.end();
    await Promise.all([sent, ...replaced]);

    expect(await finishReasonOf(id)).toBe('stop');
    expect(reopened.chat.messages.map(textOf)).toEqual(['Hi', 'Hello']);
  });

  test('a stop from another tab ends the reply here, with its text and no error', async () => {
    const model = controlModel(fixture.provider);
    const { id, chat, finishes } = openChat();
    const sent = chat.sendMessage({ text: 'Hi' });
    model.send('Hel');
    await waitForText(chat, 'Hel');

    await transportOf().stop(id);
    await sent;

    expect(chat).toMatchObject({ status: 'ready', error: undefined });
    expect(textOf(chat.messages[1])).toBe('Hel');
    expect(chat.messages[1]?.metadata?.finishReason).toBe('stopped');
    expect(finishes).toMatchObject([{ isAbort: false, isError: false }]);
  });

  test('a stop before the response to the start ends that generation', async () => {
    controlModel(fixture.provider);
    const { id, chat, transport } = openChat();
    proxy.pause('to-client');
    const before = proxy.connections;
    const sent = chat.sendMessage({ text: 'Hi' });
    await expect.poll(() => proxy.connections).toBeGreaterThan(before);

    const stopped = transport.stop(id);
    await proxy.resume();
    await Promise.all([stopped, sent]);

    expect(chat).toMatchObject({ status: 'ready', error: undefined });
    const { messages } = await fixture.session(id);
    expect(messages.map(({ finishReason }) => finishReason)).toEqual([undefined, 'stopped']);
  });

  test('a reply that was started in another tab is followed, with its message', async () => {
    const model = controlModel(fixture.provider);
    const { id, chat } = openChat();
    void chat.sendMessage({ text: '你好' });
    model.send('Hel');
    await waitForText(chat, 'Hel');

    const other = await reopenChat(id);
    const followed = other.chat.resumeStream();
    model.send('lo');
    model.end();
    await followed;

    expect(other.chat.messages.map(textOf)).toEqual(['你好', 'Hello']);
    expect(other.chat.messages.map((message) => message.id)).toEqual(chat.messages.map((message) => message.id));
    expect(other.chat.messages[1]?.metadata).toMatchObject({ finishReason: 'stop' });
  });

  test('with the feed a page follows what another tab sends, and loads what is stored', async () => {
    const model = controlModel(fixture.provider);
    const { id, chat } = openChat();
    const { chat: other, transport } = openChat({}, id);
    const feed = createFeed({ baseUrl: fixture.server.url, getToken: () => fixture.token, locks: null });
    let isLoading = false;
    let isStale = false;
    const load = async () => {
      isStale = true;
      if (isLoading) return;
      isLoading = true;
      while (isStale && other.status === 'ready') {
        isStale = false;
        const messages = await transport.loadMessages(id);
        if (other.status !== 'ready') break;
        other.messages = messages as never;
        await other.resumeStream();
      }
      isLoading = false;
    };
    feed.onChange((change) => {
      if (change.type === 'resync' || change.sessionId === id) void load();
    });
    await until(feed, () => feed.getState().connection === 'live');

    const sent = chat.sendMessage({ text: 'Hi' });
    model.send('你好');
    await waitForText(other, '你好');
    model.send(' 😀');
    model.end();
    await sent;
    await expect.poll(() => other.messages.map(textOf)).toEqual(['Hi', '你好 😀']);
    feed.close();

    expect(other.messages.map((message) => message.id)).toEqual(chat.messages.map((message) => message.id));
  });

  test('regenerate, with an id and without, makes a sibling', async () => {
    fixture.provider.respond(providerScripts.reply(['Hello']));
    const { id, chat } = openChat();
    await chat.sendMessage({ text: 'Hi' });
    const first = chat.messages[1]?.id;

    await chat.regenerate();
    const second = chat.messages[1]?.id;
    await chat.regenerate({ messageId: second ?? '' });
    const third = chat.messages[1]?.id;

    expect(chat).toMatchObject({ status: 'ready', error: undefined });
    const { messages } = await fixture.session(id);
    const [prompt, ...replies] = messages;
    expect(replies.map((reply) => [reply.id, reply.parentId])).toEqual(
      [first, second, third].map((one) => [one, prompt?.id]),
    );
    expect(chat.messages.map(textOf)).toEqual(['Hi', 'Hello']);
  });

  test('a continuation that our own page has started is loaded and regenerated', async () => {
    fixture.provider.respond(providerScripts.reply(['Hello']));
    const { id, chat } = openChat();
    await chat.sendMessage({ text: 'Hi' });
    const first = chat.messages[1]?.id ?? '';
    await fixture.read(await fixture.start({ sessionId: id, continue: first }));
    const reopened = await reopenChat(id);
    expect(reopened.chat.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'assistant']);

    await reopened.chat.regenerate();

    expect(reopened.chat).toMatchObject({ status: 'ready', error: undefined });
    const { messages } = await fixture.session(id);
    expect(messages.filter(({ parentId }) => parentId === first)).toHaveLength(2);
  });

  test('an edit makes a branch, and what follows it stays on that branch', async () => {
    fixture.provider.respond(providerScripts.reply(['Hello']));
    const { id, chat } = openChat();
    await chat.sendMessage({ text: 'one' });
    await chat.sendMessage({ text: 'two' });
    const [one, reply, two] = (await fixture.session(id)).messages;

    await chat.sendMessage({ text: '二', messageId: chat.messages[2]?.id ?? '' });
    await chat.regenerate();
    await chat.sendMessage({ text: 'three' });

    expect(chat).toMatchObject({ status: 'ready', error: undefined });
    expect(chat.messages.map(textOf)).toEqual(['one', 'Hello', '二', 'Hello', 'three', 'Hello']);
    const { messages } = await fixture.session(id);
    const edited = messages.find(({ content }) => content === '二');
    expect([two?.parentId, edited?.parentId]).toEqual([reply?.id, reply?.id]);
    expect(one?.parentId).toBeUndefined();
    expect(messages.filter(({ parentId }) => parentId === edited?.id)).toHaveLength(2);
    const asked = fixture.provider.requests.at(-1)?.body as { messages: Array<{ role: string; content: string }> };
    const context = asked.messages.filter(({ role }) => role !== 'system').map(({ content }) => content);
    expect(context).toEqual(['one', 'Hello', '二', 'Hello', 'three']);
    expect((await reopenChat(id)).chat.messages.map(textOf)).toEqual(chat.messages.map(textOf));
  });

  test('a new message follows what the page shows, not what another tab sent meanwhile', async () => {
    fixture.provider.respond(providerScripts.reply(['Hello']));
    const { id, chat } = openChat();
    await chat.sendMessage({ text: 'one' });
    await (await reopenChat(id)).chat.sendMessage({ text: 'elsewhere' });

    await chat.sendMessage({ text: 'two' });

    const { messages } = await fixture.session(id);
    const two = messages.find(({ content }) => content === 'two');
    expect(two?.parentId).toBe(chat.messages[1]?.id);
  });

  test('the first message is edited as the first of a branch', async () => {
    fixture.provider.respond(providerScripts.reply(['Hello']));
    const { id, chat } = openChat();
    await chat.sendMessage({ text: 'one' });

    await chat.sendMessage({ text: 'uno', messageId: chat.messages[0]?.id ?? '' });

    const { messages } = await fixture.session(id);
    expect(messages.map(({ content, parentId }) => [content, parentId === undefined])).toEqual([
      ['one', true],
      ['Hello', false],
      ['uno', true],
      ['Hello', false],
    ]);
  });

  test('the same message sent twice is one start', async () => {
    fixture.provider.respond(providerScripts.reply(['Hello']));
    const id = newId();
    const chats = [openChat({}, id).chat, openChat({}, id).chat];
    const before = fixture.provider.requests.length;
    const message = { id: `${id}-m`, role: 'user', parts: [{ type: 'text', text: 'Hi' }] };

    await Promise.all(chats.map((chat) => chat.sendMessage(message)));

    expect(chats.map((chat) => textOf(chat.messages[1]))).toEqual(['Hello', 'Hello']);
    expect(fixture.provider.requests.length - before).toBe(1);
    expect((await fixture.session(id)).messages).toHaveLength(2);
  });

  test('a reply that fails keeps its text, and its error is our sentence with its code', async () => {
    fixture.provider.respond(providerScripts.endAfter(['Half 半']));
    const { chat, finishes } = openChat();

    await chat.sendMessage({ text: 'Hi' });

    expect(chat.status).toBe('error');
    expect(chat.error).toMatchObject({
      code: 'provider-bad-response',
      message: 'The model sent an invalid response. Try again.',
    });
    expect(textOf(chat.messages[1])).toBe('Half 半');
    expect(chat.messages[1]).toMatchObject({ metadata: { finishReason: 'error', code: 'provider-bad-response' } });
    expect(chat.messages[1]?.parts.at(-1)?.state).toBe('done');
    expect(finishes).toMatchObject([{ isError: true }]);

    fixture.provider.respond(providerScripts.reply(['Whole']));
    await chat.regenerate();
    expect(chat.messages.map(textOf)).toEqual(['Hi', 'Whole']);
  });

  test('a server that stays away is an error, the text is kept, and resumeStream() goes on with the reply', async () => {
    const model = controlModel(fixture.provider);
    const { chat } = openChat({ timings: { attempts: 3 } });
    const sent = chat.sendMessage({ text: 'Hi' });
    model.send('Hel');
    await waitForText(chat, 'Hel');

    await proxy.refuse();
    await sent;
    expect(chat).toMatchObject({ status: 'error', error: { code: 'network' } });
    expect(chat.messages[1]?.parts.at(-1)).toMatchObject({ text: 'Hel', state: 'done' });
    await proxy.resume();
    const resumed = chat.resumeStream();
    model.send('lo');
    await waitForText(chat, 'Hello');
    model.end();
    await resumed;

    expect(chat).toMatchObject({ status: 'ready', error: undefined });
    expect(chat.messages.map(textOf)).toEqual(['Hi', 'Hello']);
  });

  test('a refused start is our sentence, and the message can be sent again', async () => {
    fixture.provider.respond(providerScripts.reply(['Hello']));
    const { id, chat } = openChat();

    await chat.sendMessage({ text: 'Hi' }, { body: { temperature: 7 } });
    expect(chat).toMatchObject({
      status: 'error',
      error: { message: 'temperature must be at most 1.', code: 'bad-request' },
    });
    await chat.regenerate();

    expect(chat.messages.map(textOf)).toEqual(['Hi', 'Hello']);
    expect((await fixture.session(id)).messages.map((message) => message.id)).toEqual(
      chat.messages.map((message) => message.id),
    );
  });

  test('an attachment is refused with a sentence, not dropped', async () => {
    const { chat } = openChat();
    const file = { type: 'file', mediaType: 'image/png', url: 'data:image/png;base64,AA==' };

    await chat.sendMessage({ id: newId(), role: 'user', parts: [{ type: 'text', text: 'Look' }, file] });

    expect(chat.error?.message).toBe('Only text can be sent. Remove the attachment.');
  });

  test('a token that is rejected is refreshed once', async () => {
    fixture.provider.respond(providerScripts.reply(['Hello']));
    const asked: boolean[] = [];
    const getToken = ({ refresh }: { refresh: boolean }) => {
      asked.push(refresh);
      return asked.includes(true) ? fixture.token : 'expired';
    };
    const { chat } = openChat({ getToken });

    await chat.sendMessage({ text: 'Hi' });

    expect(textOf(chat.messages[1])).toBe('Hello');
    expect(asked.slice(0, 2)).toEqual([false, true]);
    expect(asked.filter(Boolean)).toHaveLength(1);
  });
});

test('a server that is killed interrupts the replies: the text stays, and the error says what to do', async () => {
  const model = controlModel(fixture.provider);
  const timings = { backoffMs: 50, backoffMaxMs: 200 };
  const chats = chatClasses.map(([, Chat]) => new Chat({ id: newId(), transport: transportOf({ timings }) }));
  const sent = chats.map((chat) => chat.sendMessage({ text: 'Hi' }));
  model.send('Half 一半');
  await Promise.all(chats.map((chat) => waitForText(chat, 'Half 一半')));

  await fixture.server.kill();
  await fixture.server.restart();
  await Promise.all(sent);

  for (const chat of chats) {
    expect(chat).toMatchObject({ status: 'error', error: { code: 'interrupted' } });
    expect(chat.error?.message).toMatch(/^The reply was interrupted\./);
    expect(textOf(chat.messages[1])).toBe('Half 一半');
  }
});
