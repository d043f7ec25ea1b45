// Temporary folders, which are removed at the latest when the test process ends.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atExit } from './processes/at-exit.ts';

/** Creates an empty folder, which is removed with its contents when this process ends. */
export function tempFolder(prefix = 'sillage-'): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  atExit(() => removeFolder(folder));
  return folder;
}

/** Removes a folder and its contents; does nothing if it does not exist. */
export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
