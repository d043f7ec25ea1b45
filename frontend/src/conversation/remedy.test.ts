// What is offered for which failure.
import { expect, test } from 'vitest';
import { remedyFor } from './remedy.ts';

test('a lost connection to a known stream is read on; an unknown one is asked for again', () => {
  expect(remedyFor({ code: 'network', streamId: 'S1' })).toBe('reconnect');
  expect(remedyFor({ code: 'network' })).toBe('retry');
});

test('what another try cannot mend is not retried', () => {
  expect(remedyFor({ code: 'too-large' })).toBe('edit');
  expect(remedyFor({ code: 'prompt-refused', streamId: 'S1' })).toBe('edit');
  expect(remedyFor({ code: 'context-too-long', streamId: 'S1' })).toBe('new-conversation');
  expect(remedyFor({ code: 'unauthorized' })).toBe('sign-in');
});

test('everything else is asked for again', () => {
  expect(remedyFor({ code: 'interrupted', streamId: 'S1' })).toBe('retry');
  expect(remedyFor({ code: 'provider-timeout', streamId: 'S1' })).toBe('retry');
});
