// The import rules hold in the whole project, and find what they forbid.
import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { forbiddenImports } from './import-rules.ts';

const root = new URL('..', import.meta.url);
const sources = [
  'packages/*/src/**/*.{ts,tsx}',
  'backend/src/**/*.ts',
  'frontend/src/**/*.{ts,tsx}',
  '{e2e,bench}/**/*.ts',
];
const exclude = ['**/node_modules/**', '**/dist/**'];

test('no file of the project imports what it may not', () => {
  const paths = globSync(sources, { cwd: root, exclude });

  const found = paths.flatMap((path) => forbiddenImports(path, readFileSync(new URL(path, root), 'utf8')));

  expect(paths.length).toBeGreaterThan(10);
  expect(found).toEqual([]);
});

test.each([
  ['packages/protocol/src/a.ts', '@sillage/client'],
  ['packages/client/src/a.ts', '@sillage/server'],
  ['packages/client/src/a.ts', '@sillage/testing'],
  ['packages/client/src/a.ts', '../../protocol/src/offset.ts'],
  ['backend/src/ai/a.ts', '../config.ts'],
  ['backend/src/ai/a.ts', '../streams/stream-store.ts'],
  ['backend/src/streams/a.ts', '../ai/ai.service.ts'],
  ['backend/src/streams/a.ts', './stores/sqlite/sqlite-stream-store.ts'],
  ['backend/src/ai-chat/starting/chat.service.ts', '../streams/stores/sqlite/sqlite-stream-store.ts'],
  ['backend/src/ai-chat/starting/chat.service.ts', './ai-chat.controller.ts'],
  ['backend/src/auth/a.controller.ts', '../database/database.ts'],
  ['backend/src/auth/a.ts', './a.test.ts'],
  ['backend/src/auth/a.test.ts', '@sillage/client'],
  ['frontend/src/a.tsx', '@sillage/server'],
  ['frontend/src/a.tsx', '../../packages/client/src/index.ts'],
  ['frontend/src/a.tsx', '@sillage/e2e/browser'],
  ['frontend/src/a.tsx', '@sillage/testing'],
  ['frontend/src/a.tsx', './testing/page-server.ts'],
])('%s may not import %s', (path, specifier) => {
  expect(forbiddenImports(path, `import { x } from '${specifier}';`)).toHaveLength(1);
});

test.each([
  ['packages/client/src/a.ts', '@sillage/protocol'],
  ['packages/client/src/a.test.ts', '@sillage/testing'],
  ['backend/src/streams/stores/sqlite/a.ts', '../../../database/group-commit.ts'],
  ['backend/src/streams/streams.module.ts', './stores/sqlite/sqlite-stream-store.ts'],
  ['backend/src/streams/stores/sqlite/a.test.ts', '../../stream-store.contract.ts'],
  ['backend/src/ai-chat/test/app.testing.ts', '@sillage/testing'],
  ['backend/src/ai-chat/http/ai-chat.controller.ts', './chat.service.ts'],
  ['frontend/src/a.tsx', '@sillage/client/react'],
  ['frontend/src/a.test.tsx', './testing/page-server.ts'],
  ['frontend/src/testing/a.ts', '@sillage/testing'],
  ['frontend/src/a.tsx', '@/hooks/useAIStream'],
  ['e2e/a.test.ts', '@sillage/server'],
])('%s may import %s', (path, specifier) => {
  expect(forbiddenImports(path, `import { x } from '${specifier}';`)).toEqual([]);
});

test.each([
  `import type { x } from '@sillage/server';`,
  `import {\n  x,\n  y,\n} from '@sillage/server';`,
  `export { x } from '@sillage/server';`,
  `import '@sillage/server';`,
  `const x = await import('@sillage/server');`,
])('an import is found however it is written: %s', (source) => {
  expect(forbiddenImports('frontend/src/a.tsx', source)).toHaveLength(1);
});
