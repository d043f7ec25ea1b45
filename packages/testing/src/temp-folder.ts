// Folders that live as long as the test process: whoever makes one may remove it, the process removes the rest.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atExit } from './at-exit.ts';

/** Makes an empty folder; it is removed, with what is in it, when this process ends. */
export function tempFolder(prefix = 'sillage-'): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  atExit(() => removeFolder(folder));
  return folder;
}

/** Removes a folder and what is in it; harmless if it is gone. */
export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
