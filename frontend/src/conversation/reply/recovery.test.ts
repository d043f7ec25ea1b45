// The recovery action for each error.
import { expect, test } from 'vitest';
import { recoveryFor } from './recovery.ts';

test('a lost connection to a known stream is resumed; an unknown one is requested again', () => {
  expect(recoveryFor({ code: 'network', streamId: 'S1' })).toBe('reconnect');
  expect(recoveryFor({ code: 'network' })).toBe('retry');
});

test('an error that a retry cannot fix is not retried', () => {
  expect(recoveryFor({ code: 'too-large' })).toBe('edit');
  expect(recoveryFor({ code: 'prompt-refused', streamId: 'S1' })).toBe('edit');
  expect(recoveryFor({ code: 'context-too-long', streamId: 'S1' })).toBe('new-conversation');
  expect(recoveryFor({ code: 'unauthorized' })).toBe('sign-in');
});

test('everything else is requested again', () => {
  expect(recoveryFor({ code: 'interrupted', streamId: 'S1' })).toBe('retry');
  expect(recoveryFor({ code: 'provider-timeout', streamId: 'S1' })).toBe('retry');
});
