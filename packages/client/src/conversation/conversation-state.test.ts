// Property tests of the reducer: for any order of events, the displayed branch is one path without duplicates.
import type { MessageAnswer, SessionAnswer } from '@sillage/protocol';
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
  readonly stored: MessageAnswer[] = [];
  leafId: string | undefined;
  readonly #kept: Array<{ session: SessionAnswer; choices: number }> = [];
  #choices = 0;
  #count = 0;

  dispatch(event: ConversationEvent): void {
    this.known = reduceConversation(this.known, event);
  }

  send(parent: number, { isRefused, isOpened }: { isRefused: boolean; isOpened: boolean }): void {
    const parents = [...this.known.tree.values()].filter(({ role, isStored }) => role === 'assistant' && isStored);
    const parentId = parents.length > 0 ? parents[parent % parents.length]?.id : undefined;
    const keys = { key: this.#next('local'), replyKey: this.#next('local') };
    this.#choices++;
    this.dispatch({
      type: 'sent',
      parentId,
      message: { key: keys.key, content: 'Hi' },
      replyKey: keys.replyKey,
      createdAt,
    });
    this.#started(keys.replyKey, { isRefused, isOpened, store: () => this.#store('user', parentId) });
  }

  regenerate(which: number, outcome: { isRefused: boolean; isOpened: boolean }): void {
    const replies = [...this.known.tree.values()].filter(({ role, isStored }) => role === 'assistant' && isStored);
    const reply = replies[which % Math.max(1, replies.length)];
    if (reply === undefined) return;
    const replyKey = this.#next('local');
    this.#choices++;
    this.dispatch({ type: 'sent', parentId: reply.parentId, replyKey, createdAt });
    this.#started(replyKey, { ...outcome, store: () => reply.parentId });
  }

  /** Stores messages sent from another device. */
  elsewhere(): void {
    const parentId = this.leafId;
    this.#reply(this.#store('user', parentId), this.#next('stream'));
  }

  /** Captures a response of the server now and delivers it to the page now or later. */
  ask(): void {
    const { stored, leafId } = this;
    const session = { sessionId: 's', title: 't', createdAt, updatedAt: createdAt, messages: [...stored] };
    this.#kept.push({ session: { ...session, ...(leafId && { leafId }) }, choices: this.#choices });
  }

  hear(): void {
    const answer = this.#kept.shift();
    if (answer) this.dispatch({ type: 'loaded', session: answer.session, isStale: answer.choices !== this.#choices });
  }

  select(which: number): void {
    const ids = [...this.known.tree.keys()];
    const id = ids[which % Math.max(1, ids.length)];
    if (id === undefined) return;
    this.#choices++;
    this.dispatch({ type: 'selected', id });
  }

  /** Delivers a stream that the page does not know yet. */
  readonly #unopened: Array<{ key: string; streamId: string }> = [];

  open(): void {
    const opened = this.#unopened.shift();
    if (opened) this.dispatch({ type: 'opened', ...opened });
  }

  #started(
    replyKey: string,
    { isRefused, isOpened, store }: { isRefused: boolean; isOpened: boolean; store: () => string | undefined },
  ): void {
    if (isRefused) {
      const stream = { ...initialState, status: 'ended' as const, error: 'Too many.', code: 'rate-limited' as const };
      this.dispatch({ type: 'left', key: replyKey, stream });
      return;
    }
    const streamId = this.#next('stream');
    this.#reply(store(), streamId);
    this.#unopened.push({ key: replyKey, streamId });
    if (isOpened) this.open();
  }

  #store(role: 'user' | 'assistant', parentId: string | undefined, more: Partial<MessageAnswer> = {}): string {
    const id = this.#next('m');
    this.stored.push({ id, role, content: 'Hi', createdAt, ...(parentId && { parentId }), ...more });
    return id;
  }

  #reply(parentId: string | undefined, streamId: string): void {
    this.leafId = this.#store('assistant', parentId, { streamId, content: '' });
  }

  #next(prefix: string): string {
    return `${prefix}${++this.#count}`;
  }
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
  fc.constant((model: Model) => model.ask()),
  fc.constant((model: Model) => model.hear()),
  fc.constant((model: Model) => model.open()),
);
const actions = fc.array(action, { maxLength: 40 });

test('whatever is sent, chosen and answered in whatever order, one path is shown, and no message twice', () => {
  fc.assert(
    fc.property(actions, (steps) => {
      const model = new Model();
      for (const step of steps) {
        step(model);

        const { tree, leafId } = model.known;
        const branch = branchOf(tree, leafId);
        const keys = [...tree.values()].map(({ key }) => key);
        expect(branch.at(-1)?.id).toBe(leafId);
        for (const [place, message] of branch.entries()) expect(message.parentId).toBe(branch[place - 1]?.id);
        expect(new Set(keys).size).toBe(keys.length);
        expect([...tree].every(([id, message]) => message.id === id)).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});

test('once everything was answered, the page has what the server has, and beside it only what was refused', () => {
  fc.assert(
    fc.property(actions, (steps) => {
      const model = new Model();
      for (const step of steps) step(model);
      for (const _ of steps) model.open();
      for (const _ of steps) model.hear();
      model.ask();
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

function ready(...messages: MessageAnswer[]): KnownConversation {
  return loaded(unknownConversation, messages);
}

function loaded(known: KnownConversation, messages: MessageAnswer[], more: Partial<SessionAnswer> = {}) {
  const leafId = messages.at(-1)?.id;
  const session = { sessionId: 's', title: 't', createdAt, updatedAt: createdAt, messages, ...(leafId && { leafId }) };
  return reduceConversation(known, { type: 'loaded', session: { ...session, ...more }, isStale: false });
}

const prompt: MessageAnswer = { id: 'p1', role: 'user', content: 'Hi', createdAt };
const reply: MessageAnswer = { id: 'r1', parentId: 'p1', role: 'assistant', content: '', createdAt, streamId: 's1' };

test('a sent message keeps its key when the server gives it an id', () => {
  let known = reduceConversation(ready(), {
    type: 'sent',
    parentId: undefined,
    message: { key: 'a', content: 'Hi' },
    replyKey: 'b',
    createdAt,
  });
  known = reduceConversation(known, { type: 'opened', key: 'b', streamId: 's1' });

  known = loaded(known, [prompt, reply]);

  const shown = branchOf(known.tree, known.leafId).map(({ id, key, isStored }) => ({ id, key, isStored }));
  expect(shown).toEqual([
    { id: 'p1', key: 'a', isStored: true },
    { id: 'r1', key: 'b', isStored: true },
  ]);
});

test('a message whose start was lost on the way is recognised by its text, so it is not shown twice', () => {
  let known = reduceConversation(ready(), {
    type: 'sent',
    parentId: undefined,
    message: { key: 'a', content: 'Hi' },
    replyKey: 'b',
    createdAt,
  });
  const lost = { ...initialState, status: 'ended' as const, error: 'No network.', code: 'network' as const };
  known = reduceConversation(known, { type: 'left', key: 'b', stream: lost });

  known = loaded(known, [prompt, { ...reply, content: 'Hello', finishReason: 'stop' }]);

  expect(known.tree.size).toBe(2);
  expect(known.tree.get('r1')).toMatchObject({ key: 'b', content: 'Hello', finishReason: 'stop' });
  expect(known.tree.get('r1')).not.toHaveProperty('error');
});

test('an answer that is behind what was read takes nothing away', () => {
  const ended = { ...initialState, text: 'Hello', finishReason: 'stop' as const };
  const known = reduceConversation(ready(prompt, reply), { type: 'left', key: 'r1', stream: ended });

  const after = loaded(known, [prompt, { ...reply, content: 'He' }]);

  expect(after.tree.get('r1')).toMatchObject({ content: 'Hello', finishReason: 'stop' });
  expect(after.tree.get('r1')).toBe(known.tree.get('r1'));
});

test('a failed reply that is loaded says why', () => {
  const known = ready(prompt, { ...reply, finishReason: 'error', code: 'provider-timeout' });

  expect(known.tree.get('r1')).toMatchObject({ code: 'provider-timeout', error: expect.stringContaining('Try again') });
});

test('the branch that was chosen elsewhere is shown, but an answer older than a choice made here moves nothing', () => {
  const other: MessageAnswer = { ...reply, id: 'r2', streamId: 's2', finishReason: 'stop' };
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
  const sent = { type: 'sent', parentId: 'r1', replyKey: 'b', createdAt } as const;
  const known = reduceConversation(ready(prompt, reply), { ...sent, message: { key: 'a', content: 'Hi' } });

  const after = loaded(known, [prompt, reply, { ...reply, id: 'r2', streamId: 's2' }], { leafId: 'r2' });

  expect(after.leafId).toBe('b');
});

test('an answer that meets what is known leaves the place of the next older page, one that does not begins there', () => {
  const known = loaded(unknownConversation, [prompt, reply], { next: 'far' });

  expect(loaded(known, [reply], { next: 'near' }).next).toBe('far');
  expect(loaded(known, [{ ...reply, id: 'r9', streamId: 's9' }], { next: 'near' }).next).toBe('near');
});

test('messages that follow one another in a circle are shown once', () => {
  const known = ready({ ...prompt, parentId: 'r1' }, reply);

  expect(branchOf(known.tree, known.leafId).map(({ id }) => id)).toEqual(['p1', 'r1']);
});

test('siblings stand in the order of their creation, whichever page brought them', () => {
  const older: MessageAnswer = { ...prompt, id: 'p0', createdAt: '2025-01-01T00:00:00.000Z' };
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
