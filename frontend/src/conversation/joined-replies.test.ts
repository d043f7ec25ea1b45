// Replies that continue one another are one message for the reader, with the tokens of all of them.
import type { ConversationMessage } from '@sillage/client';
import { expect, test } from 'vitest';
import { createJoiner } from './joined-replies.ts';

const message = (id: string, more: Partial<ConversationMessage>) =>
  ({
    id,
    role: 'assistant',
    content: '',
    siblings: [id],
    createdAt: '2026-01-01T00:00:00Z',
    ...more,
  }) as ConversationMessage;

const prompt = message('p', { role: 'user', content: 'Hi' });
const first = message('r1', { content: '潮汐 ', usage: { promptTokens: 5, completionTokens: 2, cost: 1 } });
const second = message('r2', {
  content: '🌊.',
  createdAt: '2026-01-01T00:00:01Z',
  usage: { promptTokens: 9, completionTokens: 3, cachedTokens: 4, cost: 2, estimated: true },
});

test('the text and the tokens of a reply and its continuation are joined, under the id of the reply', () => {
  const [, joined] = createJoiner()([prompt, first, second]);

  expect(joined?.ids).toEqual(['r1', 'r2']);
  expect(joined?.message).toMatchObject({ id: 'r1', createdAt: '2026-01-01T00:00:00Z', content: '潮汐 🌊.' });
  expect(joined?.message.usage).toEqual({
    promptTokens: 14,
    completionTokens: 5,
    cachedTokens: 4,
    cost: 3,
    estimated: true,
  });
});

test('the tokens are unknown while those of a part are', () => {
  const { usage: _, ...running } = second;
  const [, joined] = createJoiner()([prompt, first, running]);

  expect(joined?.message.usage).toBeUndefined();
});

test('a message keeps its identity while no part of it changes', () => {
  const join = createJoiner();
  const [, before] = join([prompt, first, second]);

  expect(join([prompt, first, second])[1]).toBe(before);
  expect(join([prompt, first, { ...second, content: '🌊!' }])[1]).not.toBe(before);
});
