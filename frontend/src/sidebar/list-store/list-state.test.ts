// The visible list after actions in any order.
import type { SessionSummary } from '@sillage/protocol';
import { expect, test } from 'vitest';
import { type ListAction, reduceList, shownSessions, unknownList } from './list-state.ts';

const at = (minute: number) => `2026-01-01T00:${String(minute).padStart(2, '0')}:00Z`;
const session = (sessionId: string, minute: number, more: Partial<SessionSummary> = {}): SessionSummary => ({
  sessionId,
  title: sessionId,
  createdAt: at(0),
  updatedAt: at(minute),
  ...more,
});
const loaded: ListAction = { type: 'loaded', search: '', page: { sessions: [session('b', 20), session('a', 10)] } };
const after = (...actions: ListAction[]) => actions.reduce(reduceList, unknownList);
const idsOf = (...actions: ListAction[]) => shownSessions(after(...actions)).map(({ sessionId }) => sessionId);

test('a row that has changed goes to where its time belongs, and a new one comes', () => {
  expect(idsOf(loaded, { type: 'told', sessionId: 'a', session: session('a', 30) })).toEqual(['a', 'b']);
  expect(idsOf(loaded, { type: 'told', sessionId: 'c', session: session('c', 15) })).toEqual(['b', 'c', 'a']);
  expect(idsOf(loaded, { type: 'told', sessionId: 'a', session: undefined })).toEqual(['b']);
});

test('a row beyond the loaded pages waits for its page', () => {
  const first: ListAction = { type: 'loaded', search: '', page: { sessions: [session('b', 20)], next: 'x' } };

  expect(idsOf(first, { type: 'told', sessionId: 'old', session: session('old', 5) })).toEqual(['b']);
  expect(idsOf(first, { type: 'loaded-more', page: { sessions: [session('b', 20), session('a', 10)] } })).toEqual([
    'b',
    'a',
  ]);
});

test('search results stay the same rows, though rows change', () => {
  const found: ListAction = { type: 'loaded', search: 'a', page: { sessions: [session('a', 10)] } };
  const state = after(
    found,
    { type: 'told', sessionId: 'c', session: session('c', 30) },
    { type: 'told', sessionId: 'a', session: session('a', 40, { title: 'new' }) },
  );

  expect(shownSessions(state).map(({ title }) => title)).toEqual(['new']);
});

test('a reply under way shows from its start to its end, and not to the end of the one before', () => {
  const started: ListAction = { type: 'fed', event: { type: 'stream-started', sessionId: 'a', streamId: 'S2' } };
  const ended = (streamId: string): ListAction => ({
    type: 'fed',
    event: { type: 'stream-ended', sessionId: 'a', streamId },
  });
  const activeAfter = (...actions: ListAction[]) => after(loaded, ...actions).sessions[1]?.activeStreamId;

  expect(activeAfter(started)).toBe('S2');
  expect(activeAfter(started, ended('S1'))).toBe('S2');
  expect(activeAfter(started, ended('S2'))).toBeUndefined();
});

test('a deleted row is hidden at once and shown again after undo, but not when another one is deleted', () => {
  const remove = (sessionId: string): ListAction => ({ type: 'removed', session: session(sessionId, 0) });

  expect(idsOf(loaded, remove('a'))).toEqual(['b']);
  expect(idsOf(loaded, remove('a'), { type: 'brought-back' })).toEqual(['b', 'a']);
  expect(idsOf(loaded, remove('a'), remove('b'), { type: 'brought-back' })).toEqual(['b']);
  expect(idsOf(loaded, remove('a'), loaded)).toEqual(['b']);
});

test('a conversation that could not be deleted is shown again', () => {
  const state = after(loaded, { type: 'removed', session: session('a', 10) }, { type: 'kept', sessionId: 'a' });

  expect(shownSessions(state)).toHaveLength(2);
  expect(state.removed).toBeUndefined();
});

test('pinned rows come first, and an unpinned one returns to where its time belongs', () => {
  const pin = (sessionId: string, pinned: boolean): ListAction => ({ type: 'pinned', sessionId, pinned });

  expect(idsOf(loaded, pin('a', true))).toEqual(['a', 'b']);
  expect(idsOf(loaded, pin('a', true), pin('b', true))).toEqual(['b', 'a']);
  expect(idsOf(loaded, pin('a', true), pin('a', false))).toEqual(['b', 'a']);
  expect(idsOf(loaded, { type: 'told', sessionId: 'a', session: session('a', 10, { pinned: true }) })).toEqual([
    'a',
    'b',
  ]);
  expect(idsOf(loaded, pin('a', true), { type: 'told', sessionId: 'c', session: session('c', 30) })).toEqual([
    'a',
    'c',
    'b',
  ]);
});

test('an old conversation that was pinned elsewhere appears at once, and its page does not repeat or misplace it', () => {
  const first: ListAction = { type: 'loaded', search: '', page: { sessions: [session('c', 30)], next: 'x' } };
  const pinned: ListAction = { type: 'told', sessionId: 'old', session: session('old', 5, { pinned: true }) };
  const unpinned: ListAction = { type: 'told', sessionId: 'old', session: session('old', 5) };
  const more: ListAction = { type: 'loaded-more', page: { sessions: [session('b', 20), session('old', 5)] } };

  expect(idsOf(first, pinned)).toEqual(['old', 'c']);
  expect(idsOf(first, pinned, more)).toEqual(['old', 'c', 'b']);
  expect(idsOf(first, pinned, unpinned, more)).toEqual(['c', 'b', 'old']);
});
