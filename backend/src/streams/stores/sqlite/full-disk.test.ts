// A full disk: writes wait, text that is not stored is not shown, and all continues when there is space again.
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { tempFolder } from '@sillage/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  note,
  notesIn,
  openView,
  readNow,
  readStored,
  start,
  text,
  textOf,
} from '../../contract/store-under-test.testing.ts';
import { StreamDirectory } from '../../stream-directory.ts';
import { type OpenedStore, openStore } from './opened-store.testing.ts';

/** A store on a disk that can be filled. */
interface SmallDisk extends OpenedStore {
  fill(): void;
  free(): void;
}

function run(command: string, ...words: string[]): void {
  execFileSync(command, words, { stdio: 'ignore' });
}

/** Mounts a real small disk; needs root. */
async function mountedDisk(): Promise<SmallDisk> {
  const folder = tempFolder();
  run('mount', '-t', 'tmpfs', '-o', 'size=4m', 'sillage-test', folder);
  const opened = await openStore({ folder: join(folder, 'data') });
  const ballast = join(folder, 'ballast');
  return {
    ...opened,
    fill() {
      for (const size of [1 << 20, 1 << 16, 1 << 12]) while (isWritten(ballast, Buffer.alloc(size)));
    },
    free: () => rmSync(ballast),
    async close() {
      await opened.close().finally(() => run('umount', folder));
    },
  };
}

function isWritten(file: string, bytes: Buffer): boolean {
  try {
    writeFileSync(file, bytes, { flag: 'a' });
    return true;
  } catch {
    return false;
  }
}

/** Limits the size of the database instead, for other users. */
async function boundedDatabase(): Promise<SmallDisk> {
  const opened = await openStore();
  return {
    ...opened,
    fill: () => void opened.database.all('pragma max_page_count = 1'), // SQLite keeps the current size as the minimum
    free: () => void opened.database.all('pragma max_page_count = 1000000'),
  };
}

const mayMount = process.platform === 'linux' && process.getuid?.() === 0 && canMount();

function canMount(): boolean {
  const folder = tempFolder();
  try {
    run('mount', '-t', 'tmpfs', '-o', 'size=64k', 'sillage-test', folder);
    run('umount', folder);
    return true;
  } catch {
    return false;
  }
}

const disks: [string, () => Promise<SmallDisk>][] = [['a database that may not grow', boundedDatabase]];
if (mayMount) disks.push(['a disk that is full', mountedDisk]);

describe.each(disks)('on %s', (_, openDisk) => {
  /** More than the free space within any file. */
  const long = 'x'.repeat(600_000);
  let disk: SmallDisk;
  beforeEach(async () => {
    disk = await openDisk();
  });
  afterEach(() => disk.close());

  const storageFails = { name: 'StreamError', code: 'storage' };

  test('a start and a stop fail; an append waits, is not visible, and resolves when there is space again', async () => {
    const { store, database } = disk;
    const stream = await start(store);
    await store.append(stream, [text('Hello ')]);
    const view = await openView(store, stream.streamId);
    disk.fill();

    const appending = store.append(stream, [text(long)]);
    await expect(start(store, { extraStatements: [note(database, long)] })).rejects.toMatchObject(storageFails);
    await expect(start(store, { extraStatements: [note(database, long)] })).rejects.toMatchObject(storageFails);

    expect([view.stored, textOf(readNow(view))]).toEqual([6, 'Hello ']);
    disk.free();
    const behind = store.append(stream, [text('!')]);
    expect(await appending).toBe(6 + long.length);
    expect(await behind).toBe(6 + long.length + 1);
    expect(textOf(readNow(view)) === `Hello ${long}!`).toBe(true);
    expect((await new StreamDirectory(database).countStarts('ada', 0)).active).toBe(1);
    expect(await notesIn(database)).toEqual([]);
    const reopened = await disk.reopen();
    await reopened.takeOver();
    expect(textOf(await readStored(reopened, stream.streamId)) === `Hello ${long}!`).toBe(true);
    view.close();
  });

  test('an end waits, is not visible, and is written once when there is space again', async () => {
    const { store, database } = disk;
    const stream = await start(store);
    await store.append(stream, [text('Hello')]);
    const view = await openView(store, stream.streamId);
    disk.fill();

    const ending = store.end(stream, { finishReason: 'stop' }, () => [note(database, long)]);
    await expect(start(store, { extraStatements: [note(database, long)] })).rejects.toMatchObject(storageFails);

    expect([view.end, (await store.find(stream.streamId))?.end]).toEqual([undefined, undefined]);
    disk.free();
    const { end } = await ending;
    expect(end).toMatchObject({ finishReason: 'stop', offset: 6 });
    expect(view.end).toEqual(end);
    expect(await notesIn(database)).toHaveLength(1);
    view.close();
  });

  test('the log has one line when the disk is full and one when there is space again', async () => {
    const lines: string[] = [];
    for (const level of ['error', 'warn'] as const) {
      vi.spyOn(Logger.prototype, level).mockImplementation((line) => void lines.push(String(line)));
    }
    const { store, database } = disk;
    const [one, two] = [await start(store), await start(store)];
    disk.fill();
    const appending = store.append(one, [text(long)]);
    const ending = store.end(two, { finishReason: 'stop' }, () => [note(database, long)]);
    const fails = () => start(store, { extraStatements: [note(database, long)] });
    for (let i = 0; i < 3; i++) await expect(fails()).rejects.toMatchObject(storageFails);
    disk.free();
    await Promise.all([appending, ending]);

    await expect.poll(() => lines.length).toBe(2);
    expect(lines[0]).toMatch(/^The data folder cannot be written\. .* Cause: .*full/);
    expect(lines[1]).toMatch(/^The data folder can be written again\. It lasted \d+\.\d s\.$/);
    vi.restoreAllMocks();
  });

  test('closing the store ends the retries', async () => {
    const { store } = disk;
    const [one, two] = [await start(store), await start(store)];
    disk.fill();
    const waiting = [
      store.append(one, [text(long)]),
      store.end(two, { finishReason: 'stop' }, () => [note(disk.database, long)]),
    ];

    await store.close();

    const outcomes = await Promise.allSettled(waiting);
    expect(outcomes).toMatchObject(waiting.map(() => ({ status: 'rejected', reason: { name: 'AbortError' } })));
  });
});
