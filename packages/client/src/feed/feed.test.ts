// The feed in several tabs of one browser: the real locks and channels, and a real server.
import { type ConversationServer, startConversationServer, until } from '@sillage/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFeed, type Feed, type FeedOptions } from './feed.ts';
import type { FeedChange } from './feed-connection.ts';

const timings = { tickMs: 5, backoffMs: 1, backoffMaxMs: 4, attempts: 3 };
let server: ConversationServer;
const opened: Feed[] = [];
beforeEach(async () => {
  server = await startConversationServer();
});
afterEach(async () => {
  for (const feed of opened.splice(0)) feed.close();
  await server.close();
});

/** A tab: its feed, and the changes that it received. */
interface Tab {
  readonly feed: Feed;
  readonly heard: string[];
  /** Resolves once the tab has received these changes. */
  hears(...news: string[]): Promise<void>;
}

function openTab(options: FeedOptions = {}): Tab {
  const feed = createFeed({ baseUrl: server.url, timings, ...options });
  const heard: string[] = [];
  const nameOf = (news: FeedChange) => (news.type === 'resync' ? 'resync' : `${news.type} ${news.sessionId}`);
  feed.onChange((news) => heard.push(nameOf(news)));
  opened.push(feed);
  const told = { subscribe: (listener: () => void) => feed.onChange(listener) };
  return { feed, heard, hears: (...news) => until(told, () => news.every((one) => heard.includes(one))) };
}

const stateIs = ({ feed }: Tab, connection: string) => until(feed, () => feed.getState().connection === connection);

async function openTabs(count: number): Promise<Tab[]> {
  const tabs: Tab[] = [];
  for (let opened = 0; opened < count; opened++) {
    const tab = openTab();
    tabs.push(tab);
    await stateIs(tab, 'live');
  }
  return tabs;
}

const changed = (sessionId: string) => server.change(sessionId, {});

test('seven tabs share one connection, and each receives each change once', async () => {
  const tabs = await openTabs(7);

  changed('a');
  await Promise.all(tabs.map((tab) => tab.hears('session-changed a')));

  expect(server.feeds).toHaveLength(1);
  expect(tabs.map(({ feed }) => feed.getState().isLeader)).toEqual([true, ...Array.from({ length: 6 }, () => false)]);
  expect(tabs.slice(1).map(({ heard }) => heard)).toEqual(Array.from({ length: 6 }, () => ['session-changed a']));
});

test('a leader that closes hands over, and changes meanwhile are received', async () => {
  const [leader, next, last] = await openTabs(3);
  changed('a');
  await Promise.all([next?.hears('session-changed a'), last?.hears('session-changed a')]);

  leader?.feed.close();
  changed('b');
  await Promise.all([next?.hears('session-changed b'), last?.hears('session-changed b')]);

  expect(server.feeds).toEqual([undefined, '1']);
  expect(next?.heard).toEqual(['session-changed a', 'session-changed b']);
  expect([next, last].map((tab) => tab?.feed.getState().isLeader)).toEqual([true, false]);
  expect(leader?.heard).toEqual(['resync', 'session-changed a']);
});

test('a tab that opened late knows how far the leader is, so it can take over without a gap', async () => {
  const [leader] = await openTabs(1);
  changed('a');
  await leader?.hears('session-changed a');
  const [late] = await openTabs(1);

  leader?.feed.close();
  changed('b');
  await late?.hears('session-changed b');

  expect(server.feeds.at(-1)).toBe('1');
  expect(late?.heard).toEqual(['session-changed b']);
});

test('a lost connection is resumed after the last event', async () => {
  const [tab] = await openTabs(1);
  changed('a');
  await tab?.hears('session-changed a');

  server.cutFeeds();
  changed('b');
  await tab?.hears('session-changed b');

  expect(tab?.heard).toEqual(['resync', 'session-changed a', 'session-changed b']);
  expect(server.feeds).toEqual([undefined, '1']);
});

test('a connection that was lost before its first event is resumed too', async () => {
  changed('before');
  const [tab] = await openTabs(1);
  await tab?.hears('resync');

  server.cutFeeds();
  changed('a');
  await tab?.hears('session-changed a');

  expect(tab?.heard).toEqual(['resync', 'session-changed a']);
});

test('where the server cannot resume, every tab learns that it may have missed something', async () => {
  const [leader, other] = await openTabs(2);
  changed('a');
  await Promise.all([leader?.hears('session-changed a'), other?.hears('session-changed a')]);
  expect(other?.heard).not.toContain('resync');

  server.forgetFeed();
  server.cutFeeds();
  await other?.hears('resync');

  expect(server.feeds).toEqual([undefined, '1']);
});

test('where the server does not know the id at all, the feed begins anew', async () => {
  const refused: string[] = [];
  const tab = openTab({
    locks: null,
    fetch: (url, init) => {
      const after = new Headers(init?.headers).get('last-event-id');
      if (after === null) return fetch(url, init);
      refused.push(after);
      return Promise.resolve(Response.json({ error: 'No.', code: 'bad-request' }, { status: 400 }));
    },
  });
  await stateIs(tab, 'live');
  changed('a');
  await tab.hears('session-changed a');

  server.cutFeeds();
  await until({ subscribe: (listener) => tab.feed.onChange(listener) }, () => tab.heard.length === 3);

  expect(tab.heard).toEqual(['resync', 'session-changed a', 'resync']);
  expect(refused).toEqual(['1']);
});

test.each([
  ['locks', { locks: null }],
  ['channels', { channel: null }],
])('without %s each tab has its own connection', async (_name, options) => {
  const tabs = [openTab(options), openTab(options)];
  await Promise.all(tabs.map((tab) => stateIs(tab, 'live')));

  changed('a');
  await Promise.all(tabs.map((tab) => tab.hears('session-changed a')));

  expect(server.openFeeds()).toBe(2);
  expect(tabs.every(({ feed }) => feed.getState().isLeader)).toBe(true);
});

test('where the page may not use locks, the tab has its own connection', async () => {
  const request = () => Promise.reject(new DOMException('Not here.', 'SecurityError'));
  const tab = openTab({ locks: { request } });

  await stateIs(tab, 'live');

  expect(tab.feed.getState().isLeader).toBe(true);
});

test('users of one browser do not share a connection', async () => {
  const tabs = [openTab({ name: 'ada' }), openTab({ name: 'bob' })];

  await Promise.all(tabs.map((tab) => stateIs(tab, 'live')));

  expect(server.openFeeds()).toBe(2);
});

test('the followers see that the connection is lost, and that it is back', async () => {
  const [, follower] = await openTabs(2);
  const seen: string[] = [];
  follower?.feed.subscribe(() => seen.push(follower.feed.getState().connection));

  server.cutFeeds();
  if (follower) await until(follower.feed, () => seen.includes('live'));

  expect(seen).toEqual(['reconnecting', 'live']);
});

test('a feed that is refused is retried, like offline', async () => {
  let token: string | undefined;
  const tab = openTab({
    locks: null,
    getToken: () => token,
    fetch: (url, init) =>
      new Headers(init?.headers).has('authorization')
        ? fetch(url, init)
        : Promise.resolve(Response.json({ error: 'Sign in.', code: 'unauthorized' }, { status: 401 })),
  });
  await stateIs(tab, 'offline');

  token = 'a token';
  await stateIs(tab, 'live');

  expect(tab.heard).toEqual(['resync']);
});

test('a stalled connection is closed', async () => {
  let slept = 0;
  const tab = openTab({ locks: null, now: () => Date.now() + slept });
  await stateIs(tab, 'live');
  changed('a');
  await tab.hears('session-changed a');
  await new Promise((resolve) => setImmediate(resolve)); // it waits for more

  slept = 3_600_000;
  await stateIs(tab, 'reconnecting');
  await stateIs(tab, 'live');

  expect(server.feeds).toEqual([undefined, '1']);
});

test('a feed without listeners does nothing: it requests no token and sends nothing', async () => {
  const used: string[] = [];
  const feed = createFeed({ getToken: () => void used.push('token'), fetch: () => void used.push('fetch') as never });

  await new Promise((resolve) => setImmediate(resolve));

  expect(used).toEqual([]);
  expect(feed.getState()).toEqual({ connection: 'connecting', isLeader: false });
});

test('after its last listener a feed has no connection, and with the next one it resumes', async () => {
  const feed = createFeed({ baseUrl: server.url, timings });
  const leave = feed.subscribe(() => {});
  await until(feed, () => feed.getState().connection === 'live');
  changed('a');
  await expect.poll(() => server.openFeeds()).toBe(1);

  leave();
  await expect.poll(() => server.openFeeds()).toBe(0);
  changed('b');
  const heard: string[] = [];
  opened.push(feed);
  feed.onChange((news) => heard.push(news.type === 'resync' ? news.type : news.sessionId));

  await expect.poll(() => heard).toContain('b');
});

test('a listener that is replaced at once keeps the connection', async () => {
  const [tab] = await openTabs(1);
  const { feed } = tab as Tab;
  const leave = feed.subscribe(() => {});

  leave();
  leave();
  feed.subscribe(() => {});
  changed('a');
  await tab?.hears('session-changed a');

  expect(server.feeds).toHaveLength(1);
});

test('a closed feed leaves no connection', async () => {
  const [tab] = await openTabs(1);

  tab?.feed.close();
  const next = openTab({ locks: null });
  await stateIs(next, 'live');

  await expect.poll(() => server.openFeeds()).toBe(1);
});
