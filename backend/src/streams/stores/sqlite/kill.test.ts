// A real crash of the process: `kill -9` while it appends.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { tempFolder } from '@sillage/testing';
import { afterEach, expect, test } from 'vitest';
import { readStored, textOf } from '../../contract/store-under-test.testing.ts';
import { StreamDirectory } from '../../stream-directory.ts';
import { deltaOf } from './appending-process.testing.ts';
import { openStore } from './opened-store.testing.ts';

const script = fileURLToPath(new URL('./appending-process.testing.ts', import.meta.url));
let kill = () => {};
afterEach(() => kill());

function startAppending(folder: string) {
  const child = spawn(process.execPath, ['--conditions=@sillage/source', script, folder]);
  kill = () => child.kill('SIGKILL');
  return child;
}

/** Kills the process after `lineCount` resolved appends; returns the last resolved offset of each stream. */
async function killAfter(lineCount: number, folder: string): Promise<Map<string, number>> {
  const child = startAppending(folder);
  const promised = new Map<string, number>();
  let [printed, lines] = ['', 0];
  for await (const bytes of child.stdout) {
    printed += bytes;
    const whole = printed.split('\n');
    printed = whole.pop() ?? '';
    for (const line of whole) {
      const [streamId = '', offset] = line.split(' ');
      promised.set(streamId, Number(offset));
      if (++lines === lineCount) child.kill('SIGKILL'); // lines printed before it dies count too
    }
  }
  return promised;
}

test.each([1, 200, 2_000])(
  'after kill -9 at the %ith resolved append, the text of all resolved appends is stored',
  async (lineCount) => {
    const folder = tempFolder();
    const promised = await killAfter(lineCount, folder);

    const { store, close } = await openStore({ folder });
    const found = await store.takeOver();

    const everything = Array.from({ length: 20_000 }, (_, n) => deltaOf(n)).join('');
    expect(promised.size).toBeGreaterThan(0);
    expect(found.map(({ streamId }) => streamId)).toEqual(expect.arrayContaining([...promised.keys()]));
    for (const [streamId, offset] of promised) {
      const survived = textOf(await readStored(store, streamId));
      expect(survived.length).toBeGreaterThanOrEqual(offset);
      expect(everything.startsWith(survived)).toBe(true);
    }
    await close();
  },
);

test('another process that opens the same folder fails with a one-line message and changes nothing', async () => {
  const { folder, database, close } = await openStore();
  const child = startAppending(folder);
  let said = '';
  child.stderr.on('data', (bytes) => {
    said += bytes;
  });

  const [code] = await once(child, 'close');

  expect(code).toBe(1);
  expect(said).toMatch(
    /^StreamError: The data folder .* is in use by another Sillage process\. Stop that one, or choose another folder with DATA_DIR/m,
  );
  expect((await new StreamDirectory(database).countStarts('ada', 0)).active).toBe(0);
  expect(await database.write([])).toBe(true);
  await close();
});
