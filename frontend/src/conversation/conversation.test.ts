// What the page knows after each thing that can happen to a conversation.
import type { StreamState } from '@sillage/client';
import type { SessionAnswer } from '@sillage/protocol';
import { expect, test } from 'vitest';
import { type ConversationAction, emptyConversation, reduceConversation } from './conversation.ts';

const stream: StreamState = {
  status: 'ended',
  text: 'Hello',
  reasoning: '',
  offset: 6,
  streamId: 'S1',
  finishReason: 'stop',
  usage: undefined,
  error: undefined,
  code: undefined,
  retryAfter: undefined,
};

const session: SessionAnswer = {
  sessionId: 'c1',
  title: 'Hi',
  createdAt: '2026-01-01T00:00:00Z',
  updatedAt: '2026-01-01T00:00:00Z',
  leafId: 'm2',
  messages: [
    { id: 'm1', role: 'user', content: 'Hi', createdAt: '2026-01-01T00:00:00Z' },
    { id: 'm2', parentId: 'm1', role: 'assistant', content: 'He', createdAt: '2026-01-01T00:00:00Z', streamId: 'S1' },
  ],
};

function after(...actions: ConversationAction[]) {
  return actions.reduce(reduceConversation, emptyConversation);
}

test('a message that was sent stands at once, with its reply under way below it', () => {
  const state = after({ type: 'sent', message: 'Hi' });

  expect(state.messages.map(({ role, text }) => [role, text])).toEqual([
    ['user', 'Hi'],
    ['assistant', ''],
  ]);
  expect(state.reading).toBe('asked');
});

test('an ended stream becomes the last message, and is remembered as taken', () => {
  const state = after({ type: 'sent', message: 'Hi' }, { type: 'ended', stream });

  expect(state.messages).toHaveLength(2);
  expect(state.messages[1]).toMatchObject({ text: 'Hello', streamId: 'S1', finishReason: 'stop', isFresh: true });
  expect(state.reading).toBeUndefined();
  expect(state.taken).toBe(stream);
});

test('a failure keeps the text that came, its code, and how long to wait', () => {
  const failed = { ...stream, finishReason: undefined, error: 'No.', code: 'rate-limited', retryAfter: 7 } as const;

  const state = after({ type: 'sent', message: 'Hi' }, { type: 'ended', stream: failed });

  expect(state.messages[1]).toMatchObject({ text: 'Hello', code: 'rate-limited', retryAfter: 7 });
});

test('a reply found under way is read on, not shown twice', () => {
  const state = after({ type: 'loaded', session: { ...session, activeStreamId: 'S1' } });

  expect(state.messages).toHaveLength(2);
  expect(state.reading).toBe('reopened');
});

test('a reply under way that the server does not list yet gets its place', () => {
  const messages = session.messages.slice(0, 1);

  const state = after({ type: 'loaded', session: { ...session, leafId: 'm1', messages, activeStreamId: 'S1' } });

  expect(state.messages.map(({ role }) => role)).toEqual(['user', 'assistant']);
});

test('a reply found under way that cannot be read any more keeps what is known of it', () => {
  const gone = { ...stream, text: '', finishReason: undefined, code: 'gone', error: 'Gone.' } as const;

  const state = after(
    { type: 'loaded', session: { ...session, activeStreamId: 'S1' } },
    { type: 'ended', stream: gone },
  );

  expect(state.messages[1]).toMatchObject({ id: 'm2', text: 'He', code: 'gone' });
});

test('asking again replaces the reply only once there is another', () => {
  const failed = { ...stream, code: 'network', error: 'No.' } as const;
  const asked = after(
    { type: 'sent', message: 'Hi' },
    { type: 'ended', stream: failed },
    { type: 'asked-again', reading: 'asked' },
  );

  const unanswered = reduceConversation(asked, { type: 'failed', code: 'network' });
  const answered = reduceConversation(asked, { type: 'ended', stream: { ...stream, text: 'Again', streamId: 'S2' } });

  expect(unanswered.messages[1]).toMatchObject({ text: 'Hello', streamId: 'S1', code: 'network' });
  expect(answered.messages.map(({ text }) => text)).toEqual(['Hi', 'Again']);
});

test('a message that was taken back leaves nothing behind', () => {
  const failed = { ...stream, text: '', streamId: undefined, code: 'too-large', error: 'No.' } as const;

  const state = after({ type: 'sent', message: 'Hi' }, { type: 'ended', stream: failed }, { type: 'withdrawn' });

  expect(state.messages).toEqual([]);
});
