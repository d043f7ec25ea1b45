// Which of a tree of messages are shown.
import type { MessageAnswer } from '@sillage/protocol';
import { expect, test } from 'vitest';
import { branchOf } from './branch.ts';

function message(id: string, parentId?: string): MessageAnswer {
  return { id, ...(parentId && { parentId }), role: 'user', content: id, createdAt: '' };
}

const tree = [message('a'), message('b', 'a'), message('c', 'a'), message('d', 'c')];

test('the branch goes from the first message to the leaf, past the siblings', () => {
  expect(branchOf({ messages: tree, leafId: 'd' }).map(({ id }) => id)).toEqual(['a', 'c', 'd']);
});

test('without a known leaf every message is shown', () => {
  expect(branchOf({ messages: tree })).toBe(tree);
  expect(branchOf({ messages: tree, leafId: 'gone' })).toBe(tree);
});

test('a circle of parents ends', () => {
  expect(branchOf({ messages: [message('a', 'b'), message('b', 'a')], leafId: 'a' })).toHaveLength(2);
});
