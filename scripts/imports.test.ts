// The linter rejects imports against the order of packages and folders, and cycles. A plugin of Biome that fails is silent,
// so that each kind of violation is tried here.
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { tempFolder } from '@sillage/testing';
import { expect, test } from 'vitest';
import { root, run } from './run.ts';

const packages = 'Packages import one way';
const tests = 'Only tests import tests';
const client = 'Folders of the client import one way';
const backend = 'Folders of the backend import one way';
const aiChat = 'Folders of ai-chat import one way';
const adapters = 'Only modules choose adapters';
const frontend = 'Folders of the frontend import one way';
const cycle = 'This import is part of a cycle';

// A file, a line of it, and what the linter says of it.
const rejected: readonly (readonly [string, string, string])[] = [
  ['packages/protocol/src/a.ts', "import '@sillage/client'", packages],
  ['backend/src/a.ts', "import '@sillage/client'", packages],
  ['frontend/src/a.ts', "import '../../backend/src/app.ts'", packages],
  ['packages/client/src/b.ts', "import './feed/feed.test.ts'", tests],
  ['backend/src/streams/b.ts', "import '@sillage/testing'", tests],
  ['packages/client/src/transport/a.ts', "import '../stream/reduce.ts'", client],
  ['backend/src/conversations/a.ts', "import '../ai-chat/hooks.ts'", backend],
  ['backend/src/database/sqlite/a.ts', "import type { A } from '../../streams/stream-store.ts'", backend],
  ['backend/src/streams/a.ts', "export { a } from '../auth/user.ts'", backend],
  ['backend/src/auth/a.ts', "export const a = (): Promise<unknown> => import('../http/errors.ts')", backend],
  ['backend/src/usage/a.ts', "import type { A } from '../config/config.ts'", backend],
  ['backend/src/streams/c.ts', "import '../usage/usage-days.ts'", backend],
  ['backend/src/config/a.ts', "export type A = import('../streams/stream-store.ts').A", backend],
  ['backend/src/operations/a.ts', "import '../doctor/doctor.ts'", backend],
  ['backend/src/ai-chat/generation/a.ts', "import '../starting/limits.ts'", aiChat],
  ['backend/src/ai-chat/sse/a.ts', "import '../http/feed.controller.ts'", aiChat],
  ['backend/src/ai-chat/b.ts', "import '../streams/stores/sqlite/journal.ts'", adapters],
  ['frontend/src/browser/a.ts', "import '../ui/Button.tsx'", frontend],
  ['frontend/src/conversation/a.tsx', "import '../workspace/Workspace.tsx'", frontend],
  ['backend/src/limits/c.ts', "import './d.ts'", cycle],
  ['backend/src/limits/d.ts', "import type { C } from './c.ts'", cycle],
];

const allowed: readonly (readonly [string, string])[] = [
  ['packages/client/src/stream/a.ts', "import '../transport/sse.ts'"],
  ['backend/src/ai-chat/ai-chat.module.ts', "import '../streams/stores/sqlite/journal.ts'"],
  ['backend/src/ai-chat/starting/a.ts', "import '../../http/errors.ts'"],
  ['backend/src/usage/b.ts', "import '../auth/user.ts'"],
  ['backend/src/doctor/a.ts', "import '../operations/serve.ts'"],
  ['backend/src/streams/a.test.ts', "import '@sillage/testing'"],
  ['frontend/src/workspace/a.tsx', "import '../conversation/Conversation.tsx'"],
];

test('the linter rejects every kind of import against the order, and nothing else', async () => {
  const folder = tempFolder();
  for (const name of ['biome.json', 'imports.grit']) cpSync(join(root, name), join(folder, name));
  for (const [file, line] of [...rejected, ...allowed]) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), `${line};\n`);
  }

  const { output } = await run([
    'biome',
    'lint',
    '--vcs-enabled=false',
    `--config-path=${folder}`,
    '--diagnostic-level=error',
    '--reporter=github',
    folder,
  ]);

  const found = [...output.matchAll(/file=([^,]*),.*::(.*)/g)].map(([, file = '', message]) => [
    relative(folder, file),
    message,
  ]);
  expect(found.sort()).toEqual(
    rejected.map(([file, , message]) => [file, expect.stringContaining(message)]).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
});
