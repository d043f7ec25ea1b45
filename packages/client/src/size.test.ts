// Bundle size of the hooks in a page: client, parser and protocol together, without React.
import { fileURLToPath } from 'node:url';
import { bundle } from '@sillage/testing';
import { expect, test } from 'vitest';

const react = JSON.stringify(fileURLToPath(new URL('./react.ts', import.meta.url)));

test('the hook, the client, the parser and the protocol together are at most 4.5 kB gzipped', async () => {
  const { code, sizeBytes } = await bundle(`export { useAIStream } from ${react};`);

  expect(code.includes('useSyncExternalStore')).toBe(true);
  expect(code.includes('sillage-feed')).toBe(false);
  expect(sizeBytes).toBeLessThanOrEqual(4.5 * 1024);
});

test('with conversations and their feed they are at most 10.5 kB gzipped', async () => {
  const index = JSON.stringify(fileURLToPath(new URL('./index.ts', import.meta.url)));
  const { code, sizeBytes } = await bundle(
    `export { useAIStream, useConversation, useFeed } from ${react}; export { createFeed } from ${index};`,
  );

  expect(code.includes('sillage-feed')).toBe(true);
  expect(sizeBytes).toBeLessThanOrEqual(10.5 * 1024);
});
