// Conversations and their addresses.
import { expect, test } from 'vitest';
import { messageIdIn, pathOf, sessionIdIn } from './address.ts';

test('a conversation is found again under its address, whatever its id', () => {
  for (const sessionId of ['session-123', 'a/b c?#é', '%2F']) expect(sessionIdIn(pathOf(sessionId))).toBe(sessionId);
});

test('a message is found again under its address, and a token is none', () => {
  for (const id of ['01JDA5ZQ', 'a/b c?#é', 'token', '船']) {
    const { pathname, hash } = new URL(pathOf('session', id), 'http://localhost');
    expect([sessionIdIn(pathname), messageIdIn(hash)]).toEqual(['session', id]);
  }
  for (const fragment of ['', '#', '#token=a.b.c', '#%E0%A4%A']) expect(messageIdIn(fragment)).toBeUndefined();
});

test('other addresses name no conversation', () => {
  for (const path of ['/', '/c/', '/c/a/b', '/d/a', '/c/%E0%A4%A']) expect(sessionIdIn(path)).toBeUndefined();
});
