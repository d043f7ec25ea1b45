// When the process refuses to begin on a data folder: in words that a person can act on, on stderr, with exit code 1.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { freePort, tempFolder } from '@sillage/testing';
import { expect, test } from 'vitest';
import { readOnlyFolder } from '../small-disk.ts';
import { openStage } from '../support.ts';

/** Starts the server as a person would, on a folder where it must not come up. */
async function refusal(dataDir: string): Promise<{ code: number | null; said: string; shown: string }> {
  const root = resolve(import.meta.dirname, '../../..');
  const { PATH = '' } = process.env;
  const env = {
    PATH,
    DATA_DIR: dataDir,
    PORT: String(await freePort()),
    JWT_SECRET: 'the secret of an embedded server, long enough',
  };
  const child = spawn(process.execPath, ['backend/dist/main.js'], { cwd: root, env });
  const [said, shown] = [text(child.stderr), text(child.stdout)];
  const [code] = await once(child, 'close');
  return { code, said: await said, shown: await shown };
}

test('a second process on the same data folder is refused, with the reason, and the first goes on', async () => {
  await using stage = await openStage();

  const { code, said } = await refusal(stage.server.dataDir);

  expect(code).toBe(1);
  expect(said).toBe(
    `Sillage cannot start.\nThe data folder ${stage.server.dataDir} is in use by another Sillage process. Stop that one, or set DATA_DIR to another folder.\n`,
  );
  expect((await stage.read(await stage.start({ message: 'Hi' }))).text).toBe('Hello world');
});

test('a folder whose owner was killed is free at once', async () => {
  await using stage = await openStage();
  for (let kill = 0; kill < 3; kill++) {
    await stage.server.kill();
    await stage.server.restart();
  }

  expect((await stage.read(await stage.start({ message: 'Hi' }))).text).toBe('Hello world');
});

test('a read-only data folder is named', async () => {
  using readOnly = readOnlyFolder();

  const { code, said, shown } = await refusal(readOnly.folder);

  expect([code, shown]).toEqual([1, '']);
  expect(said).toMatch(`Sillage cannot start.\nThe data folder ${readOnly.folder} cannot be written.`);
});

test.each<[string, (file: string) => void]>([
  [
    'no database at all',
    (file) => writeFileSync(file, 'not a database, but long enough to be taken for one '.repeat(99)),
  ],
  ['a database whose first page is damaged', damageFirstPage],
])('a file that is %s is named, and left as it is', async (_, damage) => {
  const folder = tempFolder('sillage-damaged-');
  damage(join(folder, 'sillage.db'));

  const { code, said, shown } = await refusal(folder);

  expect([code, shown]).toEqual([1, '']);
  expect(said).toMatch(`Sillage cannot start.\n${join(folder, 'sillage.db')} is damaged or is not a Sillage database.`);
});

function damageFirstPage(file: string): void {
  const database = new DatabaseSync(file);
  database.exec('create table streams (stream_id text primary key)');
  const pages = database.prepare('pragma page_size').get();
  database.close();
  const header = Buffer.from('SQLite format 3\0');
  writeFileSync(file, Buffer.concat([header, Buffer.alloc(Number(pages?.page_size) - header.length, 0xa5)]));
}
