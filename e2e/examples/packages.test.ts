// The packages as a user gets them, installed from their tarballs into an empty folder.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installApp, type PackedApp, tempFolder } from '@sillage/testing';
import { beforeAll, expect, test } from 'vitest';

let app: PackedApp;
beforeAll(async () => {
  const folder = tempFolder();
  const dependencies = { '@sillage/client': '*', '@sillage/server': '*' };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies }));
  app = await installApp(folder);
}, 120_000);

test('the client is loaded without React', async () => {
  const output = await app.run('node', [
    '-e',
    "import('@sillage/client').then((client) => console.log(Object.keys(client)))",
  ]);

  expect(output).toContain('createAIStream');
});
