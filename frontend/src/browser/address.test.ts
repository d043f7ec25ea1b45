// Conversations and their addresses.
import { expect, test } from 'vitest';
import { pathOf, sessionIdIn } from './address.ts';

test('a conversation is found again under its address, whatever its id', () => {
  for (const sessionId of ['session-123', 'a/b c?#é', '%2F']) expect(sessionIdIn(pathOf(sessionId))).toBe(sessionId);
});

test('other addresses name no conversation', () => {
  for (const path of ['/', '/c/', '/c/a/b', '/d/a', '/c/%E0%A4%A']) expect(sessionIdIn(path)).toBeUndefined();
});
