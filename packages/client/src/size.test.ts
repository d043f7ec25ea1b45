// Bundle size of the hooks in a page: client, parser and protocol together, without React.
import { fileURLToPath } from 'node:url';
import { bundle } from '@sillage/testing';
import { expect, test } from 'vitest';

const react = JSON.stringify(fileURLToPath(new URL('./react.ts', import.meta.url)));

test('the hook, the client, the parser and the protocol together are at most 4,430 bytes gzipped', async () => {
  const { code, sizeBytes } = await bundle(`export { useAIStream } from ${react};`);

  expect(code.includes('useSyncExternalStore')).toBe(true);
  expect(code.includes('sillage-feed')).toBe(false);
  expect(sizeBytes).toBeLessThanOrEqual(4_430);
});

test('with conversations and their feed they are at most 10 kB gzipped', async () => {
  const index = JSON.stringify(fileURLToPath(new URL('./index.ts', import.meta.url)));
  const { code, sizeBytes } = await bundle(
    `export { useAIStream, useConversation, useFeed } from ${react}; export { createFeed } from ${index};`,
  );

  expect(code.includes('sillage-feed')).toBe(true);
  expect(sizeBytes).toBeLessThanOrEqual(10 * 1024);
});

test('the AI SDK transport with the client under it is at most 6 kB gzipped, and loads nothing of the AI SDK', async () => {
  const transport = JSON.stringify(fileURLToPath(new URL('./ai-sdk.ts', import.meta.url)));
  const { code, sizeBytes } = await bundle(`export { createChatTransport } from ${transport};`);

  expect(code.includes('resumeStreamIsReplay')).toBe(true);
  expect(code).not.toMatch(/\bimport\b|sillage-feed/);
  expect(sizeBytes).toBeLessThanOrEqual(6 * 1024);
});
