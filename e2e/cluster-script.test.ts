// `npm run cluster`: three real nodes behind nginx, a node that is killed mid-reply, and a clean exit.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { routes } from '@sillage/protocol';
import { freePort, removeFolder, tempFolder } from '@sillage/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

let folder: string;
beforeEach(() => {
  folder = tempFolder('sillage-cluster-');
  chmodSync(folder, 0o755); // PostgreSQL runs as another user when the tests run as root
});
afterEach(() => removeFolder(folder));

/** Starts the script in its own process group, with `folder` as the directory for temporary files. */
function startScript(args: readonly string[], env: Record<string, string> = {}) {
  const command = ['-C', '@sillage/source', 'scripts/deploy/cluster.ts', ...args];
  const child = spawn(process.execPath, command, {
    cwd: root,
    env: { ...process.env, TMPDIR: folder, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const group = child.pid ?? 0;
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  const isAlive = () => {
    try {
      return process.kill(-group, 0);
    } catch {
      return false;
    }
  };
  return { child, group, isAlive, closed: once(child, 'close'), output: () => printed };
}

test('--check starts a reply, reads it on every node, kills the producing node, and prints OK', async () => {
  const script = startScript(['--check']);

  await script.closed;

  expect(script.output()).toMatch(/^OK: /m);
  expect(script.child.exitCode).toBe(0);
  expect(script.isAlive()).toBe(false);
  expect(readdirSync(folder)).toEqual([]);
});

test('the printed link signs in, and Ctrl-C leaves no process and no folder', async () => {
  const PORT = `${await freePort()}`;
  const script = startScript([], { PORT });

  while (!script.output().includes('Ctrl-C')) await once(script.child.stdout, 'data');
  const [, origin = '', token] = /Open (\S+)\/#token=(\S+)/.exec(script.output()) ?? [];
  const { status } = await fetch(origin + routes.sessions, { headers: { authorization: `Bearer ${token}` } });
  process.kill(-script.group, 'SIGINT'); // to the whole group, as a terminal does
  await script.closed;

  expect(origin).toBe(`http://localhost:${PORT}`);
  expect(status).toBe(200);
  expect(script.child.exitCode).toBe(0);
  expect(script.isAlive()).toBe(false);
  expect(readdirSync(folder)).toEqual([]);
});
