// Data folders on which the process does not start: it says why on stderr and exits with code 1.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { freePort, tempFolder } from '@sillage/testing';
import { expect, test } from 'vitest';
import { openFixture } from '../fixture/fixture.ts';
import { readOnlyFolder } from '../fixture/small-disk.ts';

/** Runs the server on a folder where it must not start, and returns its exit code and output. */
async function failedStart(dataDir: string): Promise<{ code: number | null; stderr: string; stdout: string }> {
  const root = resolve(import.meta.dirname, '../../..');
  const { PATH = '' } = process.env;
  const env = {
    PATH,
    DATA_DIR: dataDir,
    PORT: String(await freePort()),
    JWT_SECRET: 'the secret of an embedded server, long enough',
  };
  const child = spawn(process.execPath, ['backend/bundle/main.js'], { cwd: root, env });
  const [stderr, stdout] = [text(child.stderr), text(child.stdout)];
  const [code] = await once(child, 'close');
  return { code, stderr: await stderr, stdout: await stdout };
}

test('a second process on the same data folder exits with the reason, and the first continues', async () => {
  await using fixture = await openFixture();

  const { code, stderr } = await failedStart(fixture.server.dataDir);

  expect(code).toBe(1);
  expect(stderr).toBe(
    `Sillage cannot start.\nThe data folder ${fixture.server.dataDir} is in use by another Sillage process. Stop that one, or choose another folder with DATA_DIR (storage.dataDir in AiChatModule).\n`,
  );
  expect((await fixture.read(await fixture.start({ message: 'Hi' }))).text).toBe('Hello world');
});

test('a folder can be used at once after its process was killed', async () => {
  await using fixture = await openFixture();
  for (let kill = 0; kill < 3; kill++) {
    await fixture.server.kill();
    await fixture.server.restart();
  }

  expect((await fixture.read(await fixture.start({ message: 'Hi' }))).text).toBe('Hello world');
});

test('a read-only data folder is named in the error', async () => {
  using readOnly = readOnlyFolder();

  const { code, stderr, stdout } = await failedStart(readOnly.folder);

  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(`Sillage cannot start.\nThe data folder ${readOnly.folder} cannot be written.`);
});

test.each<[string, (file: string) => void]>([
  ['not a database', (file) => writeFileSync(file, 'not a database, but long enough to be taken for one '.repeat(99))],
  ['a database whose first page is damaged', damageFirstPage],
])('a file that is %s is named in the error', async (_, damage) => {
  const folder = tempFolder('sillage-damaged-');
  damage(join(folder, 'sillage.db'));

  const { code, stderr, stdout } = await failedStart(folder);

  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(
    `Sillage cannot start.\n${join(folder, 'sillage.db')} is damaged or is not a Sillage database.`,
  );
});

function damageFirstPage(file: string): void {
  const database = new DatabaseSync(file);
  database.exec('create table streams (stream_id text primary key)');
  const pages = database.prepare('pragma page_size').get();
  database.close();
  const header = Buffer.from('SQLite format 3\0');
  writeFileSync(file, Buffer.concat([header, Buffer.alloc(Number(pages?.page_size) - header.length, 0xa5)]));
}
