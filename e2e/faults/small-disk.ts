// Disk space that runs out on command: a small tmpfs where this user may mount one; otherwise a limit on the size of the
// server's files, which makes the same writes fail.
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { removeFolder, tempFolder } from '@sillage/testing';
import type { FailingStorage } from './fixture-store.ts';

/** Data folders whose free space the test controls. */
export const smallDisks = {
  mounted(): FailingStorage {
    const folder = mountMemory();
    const filler = join(folder, 'filler');
    return {
      place: { dataDir: folder },
      fail: () => fillWith(filler),
      recover: () => rmSync(filler),
      [Symbol.asyncDispose]: async () => unmount(folder),
    };
  },
  limited(): FailingStorage {
    const folder = tempFolder('sillage-limited-');
    const limit = (pid: number, bytes: string) =>
      void execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:unlimited`]);
    return {
      place: { dataDir: folder },
      fail: (pid) => limit(pid, '1'),
      recover: (pid) => limit(pid, 'unlimited'),
      [Symbol.asyncDispose]: async () => removeFolder(folder),
    };
  },
};

/** Whether this user may mount a file system. */
export function canMount(): boolean {
  try {
    unmount(mountMemory());
    return true;
  } catch {
    return false;
  }
}

/** Creates a folder that no user can write to, including root. */
export function readOnlyFolder(): { folder: string } & Disposable {
  if (!canMount()) return { folder: '/proc/sillage', [Symbol.dispose]: () => {} };
  const folder = mountMemory();
  execFileSync('mount', ['-o', 'remount,ro', folder]);
  return { folder, [Symbol.dispose]: () => unmount(folder) };
}

function mountMemory(): string {
  const folder = tempFolder('sillage-disk-');
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder], { stdio: 'ignore' });
  return folder;
}

function unmount(folder: string): void {
  execFileSync('umount', ['--lazy', folder]);
  removeFolder(folder);
}

function fillWith(file: string): void {
  const handle = openSync(file, 'w');
  try {
    for (let size = 65_536; size >= 1; ) {
      try {
        writeSync(handle, new Uint8Array(size));
      } catch {
        size = Math.floor(size / 4); // fills the last pages too
      }
    }
  } finally {
    closeSync(handle);
  }
}
