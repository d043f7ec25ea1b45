// A conversation against a real server: the displayed states, in order.
import { type ConversationServer, startConversationServer, until } from '@sillage/testing';
import { afterEach, expect, test } from 'vitest';
import { createFeed } from '../feed/feed.ts';
import { type Conversation, type ConversationOptions, createConversation } from './conversation.ts';

const timings = { tickMs: 5, backoffMs: 1, backoffMaxMs: 4, attempts: 3, stopAttempts: 3, stopEndMs: 50 };
const opened: Array<() => unknown> = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function serve(options: Parameters<typeof startConversationServer>[0] = {}): Promise<ConversationServer> {
  const server = await startConversationServer(options);
  opened.push(() => server.close());
  return server;
}

function conversationOf({ url }: { url: string }, options: Partial<ConversationOptions> = {}): Conversation {
  const conversation = createConversation({ baseUrl: url, timings, sessionId: 'a', ...options });
  opened.push(conversation.close);
  return conversation;
}

/** Creates a second device that follows the feed. */
async function deviceOf({ url }: { url: string }, options: Partial<ConversationOptions> = {}): Promise<Conversation> {
  const feed = createFeed({ baseUrl: url, timings, locks: null });
  opened.push(
    feed.subscribe(() => {}),
    feed.close,
  );
  await until(feed, () => feed.getState().connection === 'live');
  return conversationOf({ url }, { feed, ...options });
}

const textsOf = (one: Conversation) => one.getState().messages.map(({ content }) => content);
const shows = (one: Conversation, ...texts: string[]) => until(one, () => textsOf(one).join('|') === texts.join('|'));
const allStored = (one: Conversation) => one.getState().messages.every(({ isStored }) => isStored);
const settles = (one: Conversation) =>
  until(one, () => one.getState().messages.every(({ isPending, isStored }) => !isPending && isStored));

/** Creates a conversation in which `prompts` were sent one after another, each with the reply `Re: <prompt>`. */
async function storeReplies(server: ConversationServer, ...prompts: string[]): Promise<void> {
  for (const message of prompts) server.startElsewhere({ sessionId: 'a', message }).text(`Re: ${message}`).end();
}

test('a message and its empty reply appear at once, with the ids under which they are stored', async () => {
  const server = await serve();
  const one = conversationOf(server);
  await one.load();
  const seen: string[][] = [];
  one.subscribe(() => seen.push(one.getState().messages.map(({ id }) => id)));

  one.send('Hi');
  expect(one.getState()).toMatchObject({
    isStreaming: true,
    messages: [
      { role: 'user', content: 'Hi', isPending: true },
      { role: 'assistant', content: '', isPending: true },
    ],
  });
  const ids = one.getState().messages.map(({ id }) => id);
  await until(one, () => one.getState().messages.every(({ isStored }) => isStored));
  server.streams[0]?.text('Hello');
  await shows(one, 'Hi', 'Hello');
  server.streams[0]?.end('stop', { usage: { promptTokens: 1, completionTokens: 2 } });
  await settles(one);

  expect(server.session('a')?.messages.map(({ id }) => id)).toEqual(ids);
  expect(one.getState().messages[1]).toMatchObject({ finishReason: 'stop', usage: { completionTokens: 2 } });
  expect(one.getState()).toMatchObject({ title: 'Hi', isStreaming: false });
  expect(seen.filter((shown) => shown.length > 0)).toEqual(
    seen.map(() => ids).slice(-seen.filter((s) => s.length > 0).length),
  );
});

test('a stored conversation is shown as the branch last used, and a message that does not change stays the same object', async () => {
  const server = await serve();
  await storeReplies(server, 'one', 'two');
  const one = conversationOf(server);

  await one.load();
  const [first] = one.getState().messages;
  one.send('three');
  server.streams[2]?.text('x');
  await until(one, () => one.getState().messages.length === 6);

  expect(textsOf(one).slice(0, 4)).toEqual(['one', 'Re: one', 'two', 'Re: two']);
  expect(one.getState().messages[0]).toBe(first);
});

test('an unknown conversation is ready and empty; one that cannot be loaded says why, and loads on retry', async () => {
  const server = await serve();
  const unknown = conversationOf(server);
  await unknown.load();
  expect(unknown.getState()).toMatchObject({ status: 'ready', messages: [], title: undefined });

  await storeReplies(server, 'one');
  server.refuse(500);
  const one = conversationOf(server);
  await one.load();
  expect(one.getState()).toMatchObject({ status: 'failed', code: 'bad-response', error: expect.any(String) });
  await one.load();
  expect(textsOf(one)).toEqual(['one', 'Re: one']);
});

test('a new conversation sends no request before a message is sent', async () => {
  const server = await serve({ onStart: (stream) => stream.text('Hello').end() });
  const one = conversationOf(server, { isNew: true });

  await one.load();
  expect(one.getState().status).toBe('ready');
  expect(server.sessionRequests).toEqual([]);
  one.send('Hi');
  await settles(one);

  expect(textsOf(one)).toEqual(['Hi', 'Hello']);
});

test('a reply under way is read on after a reload of the page', async () => {
  const server = await serve();
  const stream = server.startElsewhere({ sessionId: 'a', message: 'Hi' }).text('Hel');
  const one = conversationOf(server);

  await one.load();
  await shows(one, 'Hi', 'Hel');
  stream.text('lo').end();
  await until(one, () => !one.getState().isStreaming);

  expect(one.getState().messages[1]).toMatchObject({ content: 'Hello', finishReason: 'stop', isPending: false });
});

test('a failed reply says why, also after a reload', async () => {
  const server = await serve({ onStart: (stream) => stream.text('Hel').end('error', { code: 'provider-timeout' }) });
  const one = conversationOf(server);
  one.send('Hi');
  await settles(one);

  const again = conversationOf(server);
  await again.load();

  for (const conversation of [one, again]) {
    const failed = { content: 'Hel', finishReason: 'error', code: 'provider-timeout', error: expect.any(String) };
    expect(conversation.getState().messages[1]).toMatchObject(failed);
  }
});

test('a refused message stays with the error on its reply, and is sent again in its place', async () => {
  const server = await serve({ onStart: (stream) => stream.text('Hello').end() });
  await storeReplies(server, 'one');
  const one = conversationOf(server);
  await one.load();
  server.plan({ refuse: { status: 403, body: { error: 'Not now.', code: 'forbidden' } } });
  one.send('two');
  await until(one, () => !one.getState().isStreaming);
  expect(one.getState().messages).toMatchObject([
    {},
    {},
    { content: 'two', isPending: false, isStored: false },
    { content: '', code: 'forbidden', error: 'Not now.' },
  ]);

  one.regenerate(one.getState().messages[3]?.id ?? '');
  await settles(one);

  expect(textsOf(one)).toEqual(['one', 'Hello', 'two', 'Hello']);
  expect(one.getState().messages.map(({ siblings }) => siblings.length)).toEqual([1, 1, 1, 1]);
  expect(server.requests.at(-1)?.body).toMatchObject({ message: 'two', parentId: 'm2' });
});

test('a message after a refused one is appended to what the server has, and is shown beside the refused one', async () => {
  const server = await serve();
  await storeReplies(server, 'one');
  const one = conversationOf(server);
  await one.load();
  server.plan({ refuse: { status: 403, body: { error: 'Not now.', code: 'forbidden' } } });
  one.send('two');
  await until(one, () => !one.getState().isStreaming);

  one.send('three');
  expect(textsOf(one)).toEqual(['one', 'Re: one', 'three', '']);
  await until(one, () => one.getState().messages.every(({ isStored }) => isStored));

  expect(server.requests.at(-1)?.body).toMatchObject({ message: 'three', parentId: 'm2' });
  expect(one.getState().messages[2]?.siblings).toHaveLength(2);
});

test('a message whose response was lost is sent again as the same start, and not stored twice', async () => {
  const server = await serve();
  const one = conversationOf(server);
  await one.load();
  server.plan(...Array.from({ length: timings.attempts }, () => ({ cutBeforeHeaders: true })));
  server.refuse(...Array.from({ length: 9 }, () => 500)); // no response arrives
  one.send('Hi');
  await until(one, () => one.getState().messages[1]?.code === 'network');
  server.streams[0]?.text('Hello').end();

  one.regenerate(one.getState().messages[1]?.id ?? '');
  await until(one, () => one.getState().messages[1]?.finishReason === 'stop');
  expect(server.requests.at(-1)?.body).toEqual(server.requests[0]?.body);
  server.refuse();
  await one.load();
  await settles(one);

  expect(textsOf(one)).toEqual(['Hi', 'Hello']);
  expect(server.streams).toHaveLength(1);
  expect(server.session('a')?.messages.filter(({ role }) => role === 'user')).toHaveLength(1);
});

test('a message that was lost before it reached the server is sent again with its ids and its key', async () => {
  const server = await serve({ onStart: (stream) => stream.text('Hello').end() });
  const one = conversationOf(server, { isNew: true });
  const unavailable = { status: 502, body: 'Bad gateway' };
  server.plan(...Array.from({ length: timings.attempts }, () => ({ refuse: unavailable })));
  one.send('潮汐 🌊');
  await until(one, () => one.getState().messages[1]?.code === 'network');
  const ids = one.getState().messages.map(({ id }) => id);

  one.regenerate(ids[0] ?? '');
  await settles(one);

  expect(one.getState().messages.map(({ id, content }) => [id, content])).toEqual([
    [ids[0], '潮汐 🌊'],
    [ids[1], 'Hello'],
  ]);
  expect(server.session('a')?.messages.map(({ id }) => id)).toEqual(ids);
  expect(new Set(server.requests.map(({ headers }) => headers['idempotency-key']))).toEqual(new Set([ids[1]]));
});

test('stop ends the reply, which is kept as it is', async () => {
  const server = await serve({ onStart: (stream) => stream.text('Hel') });
  const one = conversationOf(server);
  one.send('Hi');
  await shows(one, 'Hi', 'Hel');

  await one.stop();
  await settles(one);

  expect(one.getState()).toMatchObject({
    isStreaming: false,
    messages: [{}, { content: 'Hel', finishReason: 'stopped' }],
  });
  expect(one.getState().messages[1]?.error).toBeUndefined();
});

test('a regenerated reply stands beside the first, and either can be shown', async () => {
  const server = await serve({ onStart: (stream) => stream.text('Again') });
  await storeReplies(server, 'Hi');
  const one = conversationOf(server);
  await one.load();

  one.regenerate('m2');
  await shows(one, 'Hi', 'Again');
  server.streams[1]?.end();
  await settles(one);
  const [, { id } = { id: '' }] = one.getState().messages;
  expect(server.requests[0]?.body).toEqual({ regenerate: 'm2', sessionId: 'a', replyId: id });
  expect(one.getState().messages[1]).toMatchObject({ siblings: ['m2', id] });
  one.select('m2');

  expect(textsOf(one)).toEqual(['Hi', 'AgainRe: Hi']);
  await until(one, () => server.session('a')?.leafId === 'm2');
});

test('an edited message becomes a sibling of the first, with a branch of its own', async () => {
  const server = await serve();
  await storeReplies(server, 'one', 'two', 'three');
  const one = conversationOf(server);
  await one.load();

  one.edit('m3', 'two, but better');
  server.streams[3]?.text('Better').end();
  await until(one, () => one.getState().messages.length === 4 && one.getState().messages[3]?.isStored === true);

  expect(textsOf(one).slice(0, 3)).toEqual(['one', 'Re: one', 'two, but better']);
  expect(one.getState().messages[2]?.siblings).toEqual(['m3', one.getState().messages[2]?.id]);
  one.select('m3');
  expect(textsOf(one)).toEqual(['one', 'Re: one', 'two', 'Re: two', 'three', 'Re: three']);
});

test('the first message can be edited too', async () => {
  const server = await serve({ onStart: (stream) => stream.text('!') });
  await storeReplies(server, 'one');
  const one = conversationOf(server);
  await one.load();

  one.edit('m1', 'uno');
  await until(one, () => one.getState().messages.every(({ isStored }) => isStored));

  expect(server.requests[0]?.body).toMatchObject({ message: 'uno', parentId: null });
  expect(one.getState().messages[0]?.siblings).toEqual(['m1', one.getState().messages[0]?.id]);
});

test('a new message stops the reply under way, and what came of it stays', async () => {
  const server = await serve();
  const one = conversationOf(server);
  await one.load();
  one.send('one');
  await server.untilRequests(1);
  server.streams[0]?.text('Half');
  await shows(one, 'one', 'Half');
  await until(one, () => one.getState().messages.every(({ isStored }) => isStored));

  one.send('two');
  expect(textsOf(one)).toEqual(['one', 'Half', 'two', '']);
  await until(one, () => one.getState().messages[1]?.finishReason === 'stopped');

  const [, half] = one.getState().messages;
  expect(server.requests.at(-1)?.body).toMatchObject({ message: 'two', parentId: half?.id });
});

test('older messages come page by page', async () => {
  const server = await serve({ pageLimit: 4 });
  await storeReplies(server, 'one', 'two', 'three');
  const one = conversationOf(server);
  await one.load();
  expect(textsOf(one)).toEqual(['two', 'Re: two', 'three', 'Re: three']);
  expect(one.getState().hasOlder).toBe(true);

  await Promise.all([one.loadOlder(), one.loadOlder()]);

  expect(textsOf(one)).toEqual(['one', 'Re: one', 'two', 'Re: two', 'three', 'Re: three']);
  expect(one.getState().hasOlder).toBe(false);
});

test('what was started on another device appears and streams, to its end', async () => {
  const server = await serve();
  await storeReplies(server, 'one');
  const one = await deviceOf(server);
  await one.load();

  const stream = server.startElsewhere({ sessionId: 'a', message: 'two' }).text('Hel');
  await shows(one, 'one', 'Re: one', 'two', 'Hel');
  expect(one.getState().isStreaming).toBe(true);
  stream.text('lo').end();
  await settles(one);

  expect(one.getState()).toMatchObject({ isStreaming: false, messages: [{}, {}, {}, { content: 'Hello' }] });
});

test('two devices show the same, whichever sends', async () => {
  const server = await serve({ onStart: (stream, { message }) => stream.text(`Re: ${message}`) });
  const [phone, laptop] = [await deviceOf(server), await deviceOf(server)];
  await Promise.all([phone.load(), laptop.load()]);

  phone.send('one');
  await shows(laptop, 'one', 'Re: one');
  laptop.send('two');
  await shows(phone, 'one', 'Re: one', 'two', 'Re: two');
  server.streams[1]?.end();
  await Promise.all([settles(phone), settles(laptop)]);

  const idsOf = (one: Conversation) => one.getState().messages.map(({ id }) => id);
  expect(idsOf(phone)).toEqual(idsOf(laptop));
  expect(phone.getState().messages.every(({ siblings }) => siblings.length === 1)).toBe(true);
});

test('a title, a pin and a branch that change elsewhere change here, and a deletion empties it', async () => {
  const server = await serve();
  await storeReplies(server, 'one');
  server.startElsewhere({ sessionId: 'a', regenerate: 'm2' }).text('Again').end();
  const one = await deviceOf(server);
  await one.load();

  const { settings } = one.getState();
  server.change('a', {
    title: 'Named',
    leafId: 'm2',
    pinned: true,
    settings: { temperature: 0.2, systemPrompt: '短く' },
  });
  await until(one, () => one.getState().title === 'Named');
  expect(one.getState().isPinned).toBe(true);
  expect([settings, one.getState().settings]).toEqual([{}, { temperature: 0.2, systemPrompt: '短く' }]);
  expect(textsOf(one)).toEqual(['one', 'Re: one']);
  server.remove('a');
  await until(one, () => one.getState().isDeleted);

  expect(one.getState()).toMatchObject({ messages: [], status: 'ready', title: undefined });
});

test('a reload requests new messages only, and closes the gap after a long absence', async () => {
  const server = await serve({ pageLimit: 4 });
  await storeReplies(server, 'one');
  const one = await deviceOf(server);
  await one.load();
  const held = server.hold();

  await storeReplies(server, 'two', 'three', 'four');
  held();
  await shows(one, ...['one', 'two', 'three', 'four'].flatMap((text) => [text, `Re: ${text}`]));

  expect(one.getState().hasOlder).toBe(false);
});

test('a response to a request from before a message was sent does not hide the message', async () => {
  const server = await serve();
  await storeReplies(server, 'one');
  const one = conversationOf(server);
  await one.load();
  const release = server.hold();
  const loading = one.load();

  one.send('two');
  release();
  await loading;

  expect(textsOf(one)).toEqual(['one', 'Re: one', 'two', '']);
  expect(one.getState().messages[2]?.siblings).toHaveLength(1);
});

test('closing leaves the generation to go on, and opening again reads on', async () => {
  const server = await serve({ onStart: (stream) => stream.text('Hel') });
  const one = conversationOf(server);
  one.send('Hi');
  await shows(one, 'Hi', 'Hel');

  one.close();
  expect(textsOf(one)).toEqual(['Hi', 'Hel']);
  server.streams[0]?.text('lo').end();
  await one.load();

  expect(textsOf(one)).toEqual(['Hi', 'Hello']);
  expect(server.requests.filter(({ path }) => path.endsWith('stop'))).toHaveLength(0);
});

test('a start whose response is slow is not shown twice, though the feed reports it first', async () => {
  const server = await serve();
  await storeReplies(server, 'one');
  const one = await deviceOf(server);
  const other = await deviceOf(server);
  await Promise.all([one.load(), other.load()]);
  const siblings = new Set<number>();
  one.subscribe(() => one.getState().messages.forEach((message) => void siblings.add(message.siblings.length)));
  server.plan({ silent: 'headers' });

  one.send('two');
  await until(other, () => other.getState().messages.length === 4);
  await one.stop();
  await settles(one);

  expect(textsOf(one)).toEqual(['one', 'Re: one', 'two', '']);
  expect([...siblings]).toEqual([1]);
});

test('a choice made while the conversation loads does not keep a reply under way from being read', async () => {
  const server = await serve();
  await storeReplies(server, 'one');
  const one = conversationOf(server);
  await one.load();
  server.startElsewhere({ sessionId: 'a', message: 'two' }).text('Hel');
  const release = server.hold();
  const loading = one.load();
  await expect.poll(() => server.sessionRequests.length).toBe(2);

  one.select('m2');
  release();
  await loading;
  await until(one, () => one.getState().stream.text === 'Hel');

  expect(one.getState().isStreaming).toBe(true);
});

test('of choices made in a row only the last one is remembered', async () => {
  const server = await serve();
  await storeReplies(server, 'one');
  server.startElsewhere({ sessionId: 'a', regenerate: 'm2' }).text('Again').end();
  const one = conversationOf(server);
  await one.load();

  one.select('m3');
  one.select('m2');
  await expect.poll(() => server.session('a')?.leafId).toBe('m2');

  expect(server.sessionRequests.filter((request) => request.startsWith('PATCH'))).toHaveLength(1);
});

test('a branch last used that lies far back is found', async () => {
  const server = await serve({ pageLimit: 2 });
  await storeReplies(server, 'one', 'two', 'three');
  server.change('a', { leafId: 'm2' });
  const one = conversationOf(server);

  await one.load();

  expect(textsOf(one)).toEqual(['one', 'Re: one']);
});

test('a conversation that could not be had is loaded once the feed is back', async () => {
  const server = await serve();
  await storeReplies(server, 'one');
  const one = await deviceOf(server);
  server.refuse(500);
  await one.load();
  expect(one.getState().status).toBe('failed');

  server.cutFeeds();
  await until(one, () => one.getState().status === 'ready');

  expect(textsOf(one)).toEqual(['one', 'Re: one']);
});

test('closing right after sending loses nothing', async () => {
  const server = await serve();
  const one = conversationOf(server, { isNew: true });
  server.plan({ refuse: { status: 503, body: { error: 'Restarting.', code: 'shutting-down' } } });

  one.send('Hi');
  one.close();

  await expect.poll(() => server.session('a')?.messages[0]?.content).toBe('Hi');
  await expect.poll(() => server.openConnections()).toBe(0);
});

test('a message that overtakes another one is shown after it, and neither twice', async () => {
  const server = await serve({ onStart: (stream) => stream.text('!') });
  await storeReplies(server, 'zero');
  const one = conversationOf(server);
  await one.load();
  server.plan({ silent: 'headers' });

  one.send('one');
  await server.untilRequests(1);
  one.send('two');
  await until(one, () => one.getState().messages.length === 6);
  await expect.poll(() => one.getState().messages.every(({ isStored }) => isStored)).toBe(true);

  expect(textsOf(one)).toEqual(['zero', '!Re: zero', 'one', '!', 'two', '!']);
  expect(one.getState().messages.every(({ siblings }) => siblings.length === 1)).toBe(true);
});

test('a message that is edited while its start has no response is replaced, and stands beside the edit once it is known', async () => {
  const server = await serve({ onStart: (stream) => stream.text('!') });
  await storeReplies(server, 'zero');
  const one = conversationOf(server);
  await one.load();
  server.plan({ silent: 'headers' });
  one.send('one');
  await server.untilRequests(1);
  const [, , first] = one.getState().messages;

  one.edit(first?.id ?? '', 'uno');
  expect(textsOf(one)).toEqual(['zero', '!Re: zero', 'uno', '']);
  await until(one, () => one.getState().messages.every(({ isStored }) => isStored));

  expect(server.requests.at(-1)?.body).toMatchObject({ message: 'uno', parentId: 'm2' });
  expect(one.getState().messages[2]?.siblings).toEqual([first?.id, one.getState().messages[2]?.id]);
});

test('a reply can be regenerated by its id before a response has contained it', async () => {
  const server = await serve({ onStart: (stream) => stream.text('!').end() });
  const one = conversationOf(server, { isNew: true });
  server.refuse(...Array.from({ length: 9 }, () => 500)); // no response contains the message
  one.send('one');
  await until(one, () => one.getState().messages[1]?.finishReason === 'stop');
  const [, first] = one.getState().messages;
  expect(first?.isStored).toBe(false);

  server.refuse();
  one.regenerate(first?.id ?? '');
  await until(one, () => one.getState().messages.every(({ isStored }) => isStored));

  expect(server.requests.at(-1)?.body).toMatchObject({ regenerate: first?.id });
  expect(one.getState().messages[1]?.siblings).toHaveLength(2);
  expect(server.session('a')?.messages).toHaveLength(3);
});

test('a start whose response is slow is not left for a reply that another device has started', async () => {
  const server = await serve({ onStart: (stream) => stream.text('Hel') });
  const one = await deviceOf(server);
  await one.load();
  server.plan({ refuse: { status: 503, body: { error: 'Restarting.', code: 'shutting-down' } } }, { delayMs: 100 });

  one.send('one');
  server.startElsewhere({ sessionId: 'a', message: 'elsewhere' });
  await until(one, () => one.getState().messages.some(({ streamId }) => streamId === server.streams[1]?.streamId));
  await until(one, () => one.getState().messages.every(({ isStored }) => isStored));

  expect(textsOf(one).slice(-2)).toEqual(['one', 'Hel']);
  expect(server.requests.filter(({ path }) => path.endsWith('/stream'))).toHaveLength(2);
});

test('a continued reply is a message behind the first part, and a reply to both follows the last part', async () => {
  const server = await serve();
  server.startElsewhere({ sessionId: 'a', message: '数えて' }).text('一、').end('length');
  const one = conversationOf(server);
  await one.load();
  const [prompt, first] = one.getState().messages;

  one.continueReply(first?.id ?? '');
  await until(one, () => one.getState().messages.length === 3 && allStored(one));
  server.streams[1]?.text('二').end();
  await settles(one);
  one.send('続けて');
  await until(one, () => one.getState().messages.length === 5 && allStored(one));
  server.streams[2]?.end();
  await settles(one);

  const stored = server.session('a')?.messages ?? [];
  expect(stored.map(({ role, content }) => `${role}: ${content}`)).toEqual([
    'user: 数えて',
    'assistant: 一、',
    'assistant: 二',
    'user: 続けて',
    'assistant: ',
  ]);
  expect(stored.map(({ parentId }) => parentId)).toEqual([
    undefined,
    prompt?.id,
    first?.id,
    stored[2]?.id,
    stored[3]?.id,
  ]);
});
