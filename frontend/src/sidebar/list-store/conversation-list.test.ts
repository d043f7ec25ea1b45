// The list as a store, against a real HTTP server.
import type { FeedEvent } from '@sillage/protocol';
import { until } from '@sillage/testing';
import { expect, onTestFinished, test } from 'vitest';
import { type PageServer, sessionOf, startPageServer } from '../../testing/page-server.ts';
import { createConversationList, type ListTimings } from './conversation-list.ts';
import { shownSessions } from './list-state.ts';

const never = 60_000;

async function startList(ids: readonly string[], timings: Partial<ListTimings> = {}) {
  const page = await startPageServer();
  for (const [index, id] of ids.entries())
    page.sessions.set(id, sessionOf(id, { at: `2026-01-0${9 - index}T00:00:00Z` }));
  return { page, ...(await openList(timings)) };
}

async function openList(timings: Partial<ListTimings> = {}) {
  const listeners = new Set<(event: FeedEvent) => void>();
  const feed = {
    onChange(listener: (event: FeedEvent) => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const list = createConversationList({ feed, timings: { undoMs: never, searchMs: 1, gatherMs: 1, ...timings } });
  onTestFinished(list.close);
  await until(list, () => list.getState().phase === 'ready');
  const ids = () => shownSessions(list.getState()).map(({ sessionId }) => sessionId);
  const tell = (event: FeedEvent) => {
    for (const listener of listeners) listener(event);
  };
  return { list, ids, tell };
}

const changes = ({ requests }: PageServer) => requests.filter((request) => !request.startsWith('GET'));

test('a deletion that is undone in time never reaches the server', async () => {
  const { page, list, ids } = await startList(['a', 'b']);

  list.remove({ sessionId: 'a', title: 'A' });
  expect(ids()).toEqual(['b']);
  list.undo();

  expect(ids()).toEqual(['a', 'b']);
  list.close();
  const later = await openList(); // by now a deletion would have arrived
  expect(later.ids()).toEqual(['a', 'b']);
  expect(changes(page)).toEqual([]);
});

test('a deletion that is not undone goes out once its time is over', async () => {
  const { page, list } = await startList(['a', 'b'], { undoMs: 1 });

  list.remove({ sessionId: 'a', title: 'A' });
  await until(list, () => list.getState().sessions.length === 1);

  expect(changes(page)).toEqual(['DELETE /api/ai-chat/sessions/a']);
});

test('a page that closes, or a second deletion, lets the first one go out at once', async () => {
  const { page, list } = await startList(['a', 'b', 'c']);

  list.remove({ sessionId: 'a', title: 'A' });
  list.remove({ sessionId: 'b', title: 'B' });
  await until(list, () => list.getState().sessions.length === 2);
  expect(page.sessions.has('b')).toBe(true);
  window.dispatchEvent(new Event('pagehide'));

  await until(list, () => list.getState().sessions.length === 1);
  expect(changes(page)).toEqual(['DELETE /api/ai-chat/sessions/a', 'DELETE /api/ai-chat/sessions/b']);
});

test('a deletion or a title that the server refuses is undone, and reported', async () => {
  const { page, list, ids } = await startList(['a', 'b'], { undoMs: 1 });
  page.refusal = 500;

  list.remove({ sessionId: 'a', title: 'A' });
  await until(list, () => list.getState().problem?.what === 'remove');
  expect(ids()).toEqual(['a', 'b']);
  list.rename('a', 'Other');
  expect(list.getState().sessions[0]?.title).toBe('Other');
  await until(list, () => list.getState().problem?.what === 'rename');

  expect(list.getState().sessions[0]?.title).toBe('Title of a');
});

test('a pin moves the row at once, and back if the server refuses', async () => {
  const { page, list, ids } = await startList(['a', 'b']);

  list.pin('b', true);
  expect(ids()).toEqual(['b', 'a']);
  await until(list, () => page.sessions.get('b')?.pinned === true);
  page.refusal = 503;
  list.pin('b', false);
  expect(ids()).toEqual(['a', 'b']);
  await until(list, () => list.getState().problem?.what === 'pin');

  expect(ids()).toEqual(['b', 'a']);
});

test('a search waits for the last letter and sends one request; an empty one shows everything', async () => {
  const { page, list, ids } = await startList(['apple', 'pear'], { searchMs: 5 });

  for (const text of ['p', 'pe', 'pea']) list.search(text);
  await until(list, () => list.getState().search === 'pea');
  expect(ids()).toEqual(['pear']);
  list.search('');
  await until(list, () => list.getState().search === '');

  expect(ids()).toEqual(['apple', 'pear']);
  expect(page.requests.filter((request) => request.includes('search='))).toHaveLength(1);
});

test('pages follow one another to the end', async () => {
  const { page, list, ids } = await startList(['a', 'b', 'c']);
  page.pageLength = 2;
  list.load();
  await until(list, () => list.getState().next !== undefined);

  list.more();
  list.more();
  await until(list, () => ids().length === 3);

  expect(list.getState().next).toBeUndefined();
  expect(page.requests.filter((request) => request.includes('before='))).toHaveLength(1);
});

test('the feed brings new rows, new titles and deletions', async () => {
  const { page, list, ids, tell } = await startList(['a']);

  page.sessions.set('n', sessionOf('n', { at: '2026-02-01T00:00:00Z', activeStreamId: 'S1' }));
  tell({ type: 'stream-started', sessionId: 'n', streamId: 'S1' });
  await until(list, () => ids().length === 2);
  expect(list.getState().sessions[0]).toMatchObject({ sessionId: 'n', activeStreamId: 'S1' });
  tell({ type: 'session-deleted', sessionId: 'a' });

  expect(ids()).toEqual(['n']);
});

test('many changes at once cost one page, not a request each', async () => {
  const { page, list, tell } = await startList(['a']);
  const before = page.requests.length;

  for (let index = 0; index < 20; index++) tell({ type: 'session-changed', sessionId: `s${index}` });
  await until(list, () => list.getState().phase === 'loading');
  await until(list, () => list.getState().phase === 'ready');

  expect(page.requests.slice(before)).toEqual(['GET /api/ai-chat/sessions?limit=50']);
});

test('erasing everything leaves nothing, also nothing to undo', async () => {
  const { page, list, ids } = await startList(['a', 'b']);
  list.remove({ sessionId: 'a', title: 'A' });

  expect(await list.erase()).toBe(true);

  expect(ids()).toEqual([]);
  expect(list.getState().removed).toBeUndefined();
  expect(changes(page)).toEqual(['DELETE /api/ai-chat/sessions']);
});
