// Property tests of the reducer: for any order of events, the displayed branch is one path without duplicates.
import type { SessionMessage, SessionResponse } from '@sillage/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { initialState } from '../stream/reduce.ts';
import {
  type ConversationEvent,
  type KnownConversation,
  reduceConversation,
  unknownConversation,
} from './conversation-state.ts';
import { branchOf, childrenOf } from './message-tree.ts';

const createdAt = '2026-01-01T00:00:00.000Z';

/** Simulates the server of one conversation and a page that receives its responses late or never. */
class Model {
  known: KnownConversation = { ...unknownConversation, status: 'ready' };
  readonly stored: SessionMessage[] = [];
  leafId: string | undefined;
  readonly #kept: Array<{ session: SessionResponse; changes: number }> = [];
  #count = 0;

  dispatch(event: ConversationEvent): void {
    this.known = reduceConversation(this.known, event);
  }

  send(parent: number, { isRefused, isOpened }: { isRefused: boolean; isOpened: boolean }): void {
    const parents = [...this.known.tree.values()].filter(({ role, isStored }) => role === 'assistant' && isStored);
    const parentId = parents.length > 0 ? parents[parent % parents.length]?.id : undefined;
    const [id, replyId] = [this.#next('message'), this.#next('reply')];
    this.dispatch({ type: 'sent', parentId, message: { id, content: 'Hi' }, replyId, createdAt });
    this.#started(replyId, { isRefused, isOpened, store: () => this.#store('user', { id, parentId }) });
  }

  regenerate(which: number, outcome: { isRefused: boolean; isOpened: boolean }): void {
    const replies = [...this.known.tree.values()].filter(({ role, isStored }) => role === 'assistant' && isStored);
    const reply = replies[which % Math.max(1, replies.length)];
    if (reply === undefined) return;
    const replyId = this.#next('reply');
    this.dispatch({ type: 'sent', parentId: reply.parentId, replyId, createdAt });
    this.#started(replyId, { ...outcome, store: () => reply.parentId });
  }

  /** Stores messages sent from another device. */
  elsewhere(): void {
    const parentId = this.leafId;
    const id = this.#store('user', { id: this.#next('m'), parentId });
    this.#reply({ id: this.#next('m'), parentId: id }, this.#next('stream'));
  }

  /** Captures a response of the server now and delivers it to the page now or later. */
  requestSession(): void {
    const { stored, leafId } = this;
    const session = { sessionId: 's', title: 't', createdAt, updatedAt: createdAt, messages: [...stored] };
    this.#kept.push({ session: { ...session, ...(leafId && { leafId }) }, changes: this.known.changes });
  }

  hear(): void {
    const answer = this.#kept.shift();
    if (answer)
      this.dispatch({ type: 'loaded', session: answer.session, isStale: answer.changes !== this.known.changes });
  }

  select(which: number): void {
    const ids = [...this.known.tree.keys()];
    const id = ids[which % Math.max(1, ids.length)];
    if (id === undefined) return;
    this.dispatch({ type: 'selected', id });
  }

  /** Delivers a stream that the page does not know yet. */
  readonly #unopened: Array<{ id: string; streamId: string }> = [];

  open(): void {
    const opened = this.#unopened.shift();
    if (opened) this.dispatch({ type: 'opened', ...opened });
  }

  #started(
    replyId: string,
    { isRefused, isOpened, store }: { isRefused: boolean; isOpened: boolean; store: () => string | undefined },
  ): void {
    if (isRefused) {
      const stream = { ...initialState, status: 'ended' as const, error: 'Too many.', code: 'rate-limited' as const };
      this.dispatch({ type: 'left', id: replyId, stream });
      return;
    }
    const streamId = this.#next('stream');
    this.#reply({ id: replyId, parentId: store() }, streamId);
    this.#unopened.push({ id: replyId, streamId });
    if (isOpened) this.open();
  }

  #store(role: 'user' | 'assistant', { id, parentId, streamId }: Stored): string {
    const place = { ...(parentId && { parentId }), ...(streamId && { streamId }) };
    this.stored.push({ id, role, content: role === 'user' ? 'Hi' : '', createdAt, ...place });
    return id;
  }

  #reply(reply: Stored, streamId: string): void {
    this.leafId = this.#store('assistant', { ...reply, streamId });
  }

  #next(prefix: string): string {
    return `${prefix}${++this.#count}`;
  }
}

/** A message as the server stores it. */
interface Stored {
  readonly id: string;
  readonly parentId: string | undefined;
  readonly streamId?: string;
}

const outcome = fc.record({ isRefused: fc.boolean(), isOpened: fc.boolean() });
const action: fc.Arbitrary<(model: Model) => void> = fc.oneof(
  fc.tuple(fc.nat(9), outcome).map(
    ([at, how]) =>
      (model: Model) =>
        model.send(at, how),
  ),
  fc.tuple(fc.nat(9), outcome).map(
    ([at, how]) =>
      (model: Model) =>
        model.regenerate(at, how),
  ),
  fc.nat(30).map((which) => (model: Model) => model.select(which)),
  fc.constant((model: Model) => model.elsewhere()),
  fc.constant((model: Model) => model.requestSession()),
  fc.constant((model: Model) => model.hear()),
  fc.constant((model: Model) => model.open()),
);
const actions = fc.array(action, { maxLength: 40 });

test('whatever is sent, chosen and received in any order, one path is shown, and no message twice', () => {
  fc.assert(
    fc.property(actions, (steps) => {
      const model = new Model();
      for (const step of steps) {
        step(model);

        const { tree, leafId } = model.known;
        const branch = branchOf(tree, leafId);
        expect(branch.at(-1)?.id).toBe(leafId);
        for (const [place, message] of branch.entries()) expect(message.parentId).toBe(branch[place - 1]?.id);
        expect([...tree].every(([id, message]) => message.id === id)).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});

test('once every response has arrived, the page has what the server has, and in addition only what was refused', () => {
  fc.assert(
    fc.property(actions, (steps) => {
      const model = new Model();
      for (const step of steps) step(model);
      for (const _ of steps) model.open();
      for (const _ of steps) model.hear();
      model.requestSession();
      model.hear();

      const messages = [...model.known.tree.values()];
      const stored = messages.filter(({ isStored }) => isStored);
      expect(new Set(stored.map(({ id }) => id))).toEqual(new Set(model.stored.map(({ id }) => id)));
      expect(stored).toHaveLength(model.stored.length);
      for (const { id, parentId } of model.stored) expect(model.known.tree.get(id)?.parentId).toBe(parentId);
      const replies = messages.filter(({ isStored, role }) => !isStored && role === 'assistant');
      expect(replies.every(({ code }) => code === 'rate-limited')).toBe(true);
    }),
    { numRuns: 500 },
  );
});

function ready(...messages: SessionMessage[]): KnownConversation {
  return loaded(unknownConversation, messages);
}

function loaded(known: KnownConversation, messages: SessionMessage[], more: Partial<SessionResponse> = {}) {
  const leafId = messages.at(-1)?.id;
  const session = { sessionId: 's', title: 't', createdAt, updatedAt: createdAt, messages, ...(leafId && { leafId }) };
  return reduceConversation(known, { type: 'loaded', session: { ...session, ...more }, isStale: false });
}

const prompt: SessionMessage = { id: 'p1', role: 'user', content: 'Hi', createdAt };
const reply: SessionMessage = { id: 'r1', parentId: 'p1', role: 'assistant', content: '', createdAt, streamId: 's1' };

test('a sent message is the one that the server stores, also if its start was lost', () => {
  const sent = { type: 'sent', parentId: undefined, replyId: 'r1', createdAt } as const;
  let known = reduceConversation(ready(), { ...sent, message: { id: 'p1', content: 'Hi' } });
  const lost = { ...initialState, status: 'ended' as const, error: 'No network.', code: 'network' as const };
  known = reduceConversation(known, { type: 'left', id: 'r1', stream: lost });

  known = loaded(known, [prompt, { ...reply, content: 'Hello', finishReason: 'stop' }]);

  expect(branchOf(known.tree, known.leafId).map(({ id, isStored }) => [id, isStored])).toEqual([
    ['p1', true],
    ['r1', true],
  ]);
  expect(known.tree.get('r1')).toMatchObject({ content: 'Hello', finishReason: 'stop' });
  expect(known.tree.get('r1')).not.toHaveProperty('error');
});

test('a new message comes after the known ones, whatever the clock of this device says', () => {
  const sent = { type: 'sent', parentId: 'p1', replyId: 'again', createdAt: '2020-01-01T00:00:00.000Z' } as const;
  const known = reduceConversation(ready(prompt, reply), sent);

  expect(
    childrenOf(known.tree)
      .get('p1')
      ?.map(({ id }) => id),
  ).toEqual(['r1', 'again']);
});

test('a response to a request that was sent before a start was accepted deletes nothing', () => {
  const known = reduceConversation(ready(prompt, reply), { type: 'opened', id: 'r1', streamId: 's1' });

  expect(known.changes).toBe(1);
  expect(reduceConversation(known, { type: 'loaded', session: undefined, isStale: true }).tree.size).toBe(2);
});

test('a response that is older than what was read takes nothing away', () => {
  const ended = { ...initialState, text: 'Hello', finishReason: 'stop' as const };
  const known = reduceConversation(ready(prompt, reply), { type: 'left', id: 'r1', stream: ended });

  const after = loaded(known, [prompt, { ...reply, content: 'He' }]);

  expect(after.tree.get('r1')).toMatchObject({ content: 'Hello', finishReason: 'stop' });
  expect(after.tree.get('r1')).toBe(known.tree.get('r1'));
});

test('a failed reply that is loaded says why', () => {
  const known = ready(prompt, { ...reply, finishReason: 'error', code: 'provider-timeout' });

  expect(known.tree.get('r1')).toMatchObject({ code: 'provider-timeout', error: expect.stringContaining('Try again') });
});

test('the branch that was chosen elsewhere is shown, but a response older than a choice made here moves nothing', () => {
  const other: SessionMessage = { ...reply, id: 'r2', streamId: 's2', finishReason: 'stop' };
  const messages = [prompt, { ...reply, finishReason: 'stop' as const }, other];
  const known = loaded(ready(), messages, { leafId: 'r2' });

  expect(loaded(known, messages, { leafId: 'r1' }).leafId).toBe('r1');
  const chosen = reduceConversation(known, { type: 'selected', id: 'r1' });
  expect(loaded(chosen, messages, { leafId: 'r2' }).leafId).toBe('r1');
  const saved = reduceConversation(chosen, { type: 'saved', leafId: 'r1' });
  const session = { sessionId: 's', title: 't', createdAt, updatedAt: createdAt, messages, leafId: 'r2' };
  expect(reduceConversation(saved, { type: 'loaded', session, isStale: true }).leafId).toBe('r1');
});

test('while a message is being sent, a branch that was chosen elsewhere does not take its place', () => {
  const sent = { type: 'sent', parentId: 'r1', replyId: 'b', createdAt } as const;
  const known = reduceConversation(ready(prompt, reply), { ...sent, message: { id: 'a', content: 'Hi' } });

  const after = loaded(known, [prompt, reply, { ...reply, id: 'r2', streamId: 's2' }], { leafId: 'r2' });

  expect(after.leafId).toBe('b');
});

test('a response that overlaps known messages keeps the position of the next older page, any other begins there', () => {
  const known = loaded(unknownConversation, [prompt, reply], { next: 'far' });

  expect(loaded(known, [reply], { next: 'near' }).next).toBe('far');
  expect(loaded(known, [{ ...reply, id: 'r9', streamId: 's9' }], { next: 'near' }).next).toBe('near');
});

test('messages that follow one another in a circle are shown once', () => {
  const known = ready({ ...prompt, parentId: 'r1' }, reply);

  expect(branchOf(known.tree, known.leafId).map(({ id }) => id)).toEqual(['p1', 'r1']);
});

test('siblings stand in the order of their creation, whichever page brought them', () => {
  const older: SessionMessage = { ...prompt, id: 'p0', createdAt: '2025-01-01T00:00:00.000Z' };
  const known = reduceConversation(ready(prompt, reply), {
    type: 'loaded-older',
    session: { sessionId: 's', title: 't', createdAt, updatedAt: createdAt, messages: [older] },
  });

  expect(
    childrenOf(known.tree)
      .get(undefined)
      ?.map(({ id }) => id),
  ).toEqual(['p0', 'p1']);
});

test('a conversation that was there and is no more is empty, one that never was is not deleted', () => {
  const gone = { type: 'loaded', session: undefined, isStale: false } as const;

  expect(reduceConversation(ready(prompt, reply), gone)).toMatchObject({ isDeleted: true, leafId: undefined });
  expect(reduceConversation(unknownConversation, gone)).toMatchObject({ isDeleted: false, status: 'ready' });
});
