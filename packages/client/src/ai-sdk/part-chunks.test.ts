// The parts of a message, from events as connections bring them.
import { expect, test } from 'vitest';
import { createMessageParts } from './part-chunks.ts';

test('each run of one type is a part, and one read is one delta of it', () => {
  const parts = createMessageParts();

  const chunks = [
    ...parts.chunksOf([
      { type: 'opened', streamId: 's' },
      { type: 'reasoning', text: '想', offset: 1 },
      { type: 'reasoning', text: '一', offset: 2 },
      { type: 'text', text: '你', offset: 3 },
      { type: 'text', text: '😀', offset: 5 },
    ]),
    ...parts.chunksOf([{ type: 'lost' }]),
    ...parts.chunksOf([{ type: 'text', text: '!', offset: 6 }]),
    ...parts.close(),
    ...parts.close(),
  ];

  expect(chunks).toEqual([
    { type: 'reasoning-start', id: 'reasoning-1' },
    { type: 'reasoning-delta', id: 'reasoning-1', delta: '想一' },
    { type: 'reasoning-end', id: 'reasoning-1' },
    { type: 'text-start', id: 'text-2' },
    { type: 'text-delta', id: 'text-2', delta: '你😀' },
    { type: 'text-delta', id: 'text-2', delta: '!' },
    { type: 'text-end', id: 'text-2' },
  ]);
});

test('a stream that is read again from its start repeats nothing', () => {
  const parts = createMessageParts();
  parts.chunksOf([
    { type: 'reasoning', text: 'Hm', offset: 2 },
    { type: 'text', text: 'Hel', offset: 5 },
  ]);

  const again = parts.chunksOf([
    { type: 'restarted' },
    { type: 'reasoning', text: 'Hm', offset: 2 },
    { type: 'text', text: 'Hello', offset: 7 },
  ]);

  expect(again).toEqual([{ type: 'text-delta', id: 'text-2', delta: 'lo' }]);
});
