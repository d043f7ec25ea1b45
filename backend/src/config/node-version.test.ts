// The supported versions of Node.js, and the package's own word for them.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { nodeProblem, supportedNode } from './node-version.ts';

test.each(['22.16.0', '22.20.1', '24.0.0', '26.10.0', '100.1.0'])('%s is supported', (version) => {
  expect(nodeProblem(version)).toBeUndefined();
});

test.each(['18.20.0', '20.19.0', '21.7.3', '22.9.0', '22.15.1', '23.11.0'])(
  '%s is not, and is told what is',
  (version) => {
    expect(nodeProblem(version)).toBe(`Sillage needs Node.js ${supportedNode}; this is ${version}.`);
  },
);

test('package.json says the same', () => {
  const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

  expect(engines.node).toBe(supportedNode);
});
