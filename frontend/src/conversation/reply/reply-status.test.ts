// The status of a reply, from its start to each way it can end.
import { expect, test } from 'vitest';
import { type Circumstances, statusOfEnded, statusOfReading } from './reply-status.ts';

type Stream = Parameters<typeof statusOfReading>[0];

function wordOf(stream: Partial<Stream>, content: string, circumstances: Circumstances = {}) {
  return statusOfReading({ status: 'live', retryAfter: undefined, ...stream }, { content }, circumstances).status;
}

test('the status follows the stream: waiting, live, reconnecting, resumed', () => {
  expect(wordOf({}, '')).toBe('waiting');
  expect(wordOf({}, 'Hello')).toBe('live');
  expect(wordOf({ status: 'reconnecting' }, 'Hello')).toBe('reconnecting');
  expect(wordOf({ status: 'resumed' }, 'Hello')).toBe('resumed');
});

test('a reply that has nothing but reasoning is thinking, unless it was found so after a reload', () => {
  const thinking = { content: '', reasoning: 'Hm' };

  expect(statusOfReading({ status: 'live', retryAfter: undefined }, thinking).status).toBe('thinking');
  expect(statusOfReading({ status: 'reconnecting', retryAfter: undefined }, thinking).status).toBe('reconnecting');
  expect(statusOfReading({ status: 'live', retryAfter: undefined }, thinking, { isReopened: true }).status).toBe(
    'resumed',
  );
  expect(statusOfReading({ status: 'live', retryAfter: undefined }, { ...thinking, content: 'Yes' }).status).toBe(
    'live',
  );
});

test('a reply found under way after a reload is resumed, not merely live', () => {
  expect(wordOf({}, 'Hello', { isReopened: true })).toBe('resumed');
});

test('a stop that was pressed shows at once, whatever the stream still does', () => {
  expect(wordOf({ status: 'reconnecting' }, 'Hello', { isStopping: true })).toBe('stopping');
});

test('a server without a response for long is reported, but not one that is thinking', () => {
  expect(wordOf({ status: 'starting' }, '', { isLate: true })).toBe('unanswered');
  expect(wordOf({}, '', { isLate: true })).toBe('waiting');
});

test('the delay that a server requests is shown', () => {
  expect(statusOfReading({ status: 'starting', retryAfter: 7 }, { content: '' })).toEqual({
    status: 'told-to-wait',
    retryAfter: 7,
  });
});

test('every end has a status', () => {
  expect(statusOfEnded({ finishReason: 'stop' })).toBe('done');
  expect(statusOfEnded({ finishReason: 'length' })).toBe('cut');
  expect(statusOfEnded({ finishReason: 'content-filter' })).toBe('filtered');
  expect(statusOfEnded({ finishReason: 'stopped' })).toBe('stopped');
  expect(statusOfEnded({ finishReason: 'interrupted', code: 'interrupted' })).toBe('interrupted');
  expect(statusOfEnded({ finishReason: 'error', code: 'storage' })).toBe('failed');
  expect(statusOfEnded({ code: 'network' })).toBe('failed');
});
