// The profile decides what is made faster next.
import { expect, test } from 'vitest';
import { behind, fileOf, functionOf, sharesOf } from './profile.ts';

const frame = (functionName: string, url: string) => ({ functionName, url, lineNumber: 9 });

test('self time is added up by name, without idle time', () => {
  const nodes = [
    { id: 1, callFrame: frame('write', 'file:///somewhere/backend/dist/a.js') },
    { id: 2, callFrame: frame('(idle)', '') },
    { id: 3, callFrame: frame('read', 'file:///somewhere/backend/dist/a.js') },
  ];

  const profile = { nodes, samples: [1, 2, 3, 1], timeDeltas: [3000, 90_000, 1000, 4000], startTime: 0 };

  expect(sharesOf(profile, fileOf).slice(1)).toEqual([['backend/dist/a.js', '8', '100.0 %']]);
  expect(sharesOf(profile, functionOf).slice(1)).toEqual([
    ['write backend/dist/a.js:10', '7', '87.5 %'],
    ['read backend/dist/a.js:10', '1', '12.5 %'],
  ]);
});

test('the name of a frame begins with its package', () => {
  expect(fileOf(frame('create', 'file:///somewhere/node_modules/openai/client.mjs'))).toBe('openai/client.mjs');
});

test('samples before the measurement are left out', () => {
  const profile = { nodes: [], samples: [1, 2, 3], timeDeltas: [10, 10, 10], startTime: 100 };

  expect(behind(profile, 115)).toMatchObject({ samples: [2, 3], timeDeltas: [10, 10] });
});
