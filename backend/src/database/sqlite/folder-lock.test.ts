// Two locks within one process. streams/stores/sqlite/kill.test.ts covers two processes.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from '@sillage/testing';
import { expect, test } from 'vitest';
import { lockFolder } from './folder-lock.ts';

test('a folder in use is refused with an error that says what to do', () => {
  const folder = tempFolder();
  const unlock = lockFolder(folder);

  expect(() => lockFolder(folder)).toThrow(
    expect.objectContaining({
      name: 'StreamError',
      code: 'storage',
      message: `The data folder ${folder} is in use by another Sillage process. Stop that one, or choose another folder with DATA_DIR (storage.dataDir in AiChatModule).`,
    }),
  );
  unlock();
});

test('a released folder can be locked again, and a refused attempt does not release it', () => {
  const folder = tempFolder();
  const unlock = lockFolder(folder);
  expect(() => lockFolder(folder)).toThrow(/in use/);
  expect(() => lockFolder(folder)).toThrow(/in use/);

  unlock();

  lockFolder(folder)();
});

test('locks of two folders are independent', () => {
  const unlocks = [lockFolder(tempFolder()), lockFolder(tempFolder())];

  for (const unlock of unlocks) unlock();
});

test.each([
  ['is no file', (path: string) => mkdirSync(path)],
  ['is no lock', (path: string) => writeFileSync(path, 'nonsense '.repeat(100))],
])('a sillage.lock that %s does not count as another process', (_, spoil) => {
  const folder = tempFolder();
  spoil(join(folder, 'sillage.lock'));

  expect(() => lockFolder(folder)).toThrow(/cannot be locked.*Move its sillage\.lock away/);
});
