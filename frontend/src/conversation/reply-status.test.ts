// The words for a reply, from the first wait to every end.
import type { StreamState } from '@sillage/client';
import { expect, test } from 'vitest';
import { emptyConversation, reduceConversation } from './conversation.ts';
import { liveReplyOf, statusOfEnded } from './reply-status.ts';

const live: StreamState = {
  status: 'live',
  text: 'Hello',
  reasoning: '',
  offset: 5,
  streamId: 'S1',
  finishReason: undefined,
  usage: undefined,
  error: undefined,
  code: undefined,
  retryAfter: undefined,
};
const asked = reduceConversation(emptyConversation, { type: 'sent', message: 'Hi' });
const reopened = { ...asked, reading: 'reopened' } as const;

test('the words follow the stream: waiting, live, reconnecting, resumed', () => {
  expect(liveReplyOf(asked, { ...live, text: '' })?.status).toBe('waiting');
  expect(liveReplyOf(asked, live)?.status).toBe('live');
  expect(liveReplyOf(asked, { ...live, status: 'reconnecting' })?.status).toBe('reconnecting');
  expect(liveReplyOf(asked, { ...live, status: 'resumed' })?.status).toBe('resumed');
});

test('a reply found under way after a reload is resumed, not merely live', () => {
  expect(liveReplyOf(reopened, live)?.status).toBe('resumed');
});

test('what was shown stands until a reading from the start has caught up', () => {
  const messages = [...asked.messages.slice(0, 1), { role: 'assistant', text: 'Hello, you' }] as const;

  expect(liveReplyOf({ ...reopened, messages }, live)?.text).toBe('Hello, you');
  expect(liveReplyOf({ ...reopened, messages }, { ...live, text: 'Hello, you two' })?.text).toBe('Hello, you two');
});

test('the state of the reply before is never shown as that of the next', () => {
  expect(liveReplyOf({ ...asked, taken: live }, live)).toEqual({ text: '', status: 'waiting' });
});

test('a server that does not answer for long is said to be so, but not one that only thinks', () => {
  expect(liveReplyOf(asked, { ...live, status: 'starting', text: '' }, { isLate: true })?.status).toBe('unanswered');
  expect(liveReplyOf(asked, { ...live, text: '' }, { isLate: true })?.status).toBe('waiting');
});

test('a server that asks for patience is said to, with how long', () => {
  const told = { ...live, status: 'starting', text: '', retryAfter: 5 } as const;

  expect(liveReplyOf(asked, told, { isLate: true })).toEqual({ text: '', status: 'told-to-wait', retryAfter: 5 });
  expect(liveReplyOf(asked, told, { isStopping: true })?.status).toBe('stopping');
});

test('nothing is live when nothing is read', () => {
  expect(liveReplyOf(emptyConversation, live)).toBeUndefined();
});

test('every end has its word', () => {
  const statusOf = (ended: object) => statusOfEnded({ role: 'assistant', text: '', ...ended });

  expect(statusOf({ finishReason: 'stop' })).toBe('done');
  expect(statusOf({ finishReason: 'length' })).toBe('cut');
  expect(statusOf({ finishReason: 'content-filter' })).toBe('filtered');
  expect(statusOf({ finishReason: 'stopped' })).toBe('stopped');
  expect(statusOf({ finishReason: 'interrupted', code: 'interrupted' })).toBe('interrupted');
  expect(statusOf({ finishReason: 'error', code: 'storage' })).toBe('failed');
  expect(statusOf({ code: 'network' })).toBe('failed');
});
