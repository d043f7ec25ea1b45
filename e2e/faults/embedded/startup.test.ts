// What the server loads at its start. A module that it loads without need costs every start CPU time, and memory for its lifetime.
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { startServer, tempFolder } from '@sillage/testing';
import { expect, test } from 'vitest';

/** Prints the loaded files of the bundle and the loaded modules of Node when the process exits. */
const printLoaded = `process.on('exit', () => {
  console.error('loaded ' + JSON.stringify([...Object.keys(require.cache), ...process.moduleLoadList]));
});`;

test('a server on SQLite starts without the drivers of PostgreSQL and Redis, the tokenizer, the API document and fetch', async () => {
  const probe = join(tempFolder('sillage-startup-'), 'print-loaded.cjs');
  writeFileSync(probe, printLoaded);
  await using server = await startServer({ env: { NODE_OPTIONS: `--require=${probe}` } });

  await server.stop();

  const [, list = '[]'] = /^loaded (.*)$/m.exec(server.output()) ?? [];
  const loaded = (JSON.parse(list) as string[]).map((path) => basename(path));
  expect(loaded).toContainEqual(expect.stringMatching(/^serve-/));
  expect(loaded).toContainEqual(expect.stringMatching(/^sqlite-database-/));
  expect(
    loaded.filter((name) => /^(postgres-|redis-(link|stream)|o200k|cl100k|document-|pino-pretty|undici$)/.test(name)),
  ).toEqual([]);
});
