// `npm run cluster`: three real nodes behind nginx, a reply that outlives its node, and nothing that is left behind.
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
  chmodSync(folder, 0o755); // PostgreSQL is another user where we are root
});
afterEach(() => removeFolder(folder));

/** Starts the script in a process group of its own, with `folder` as its place for what is temporary. */
function startScript(args: readonly string[], env: Record<string, string> = {}) {
  const command = ['-C', '@sillage/source', 'scripts/cluster.ts', ...args];
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

test('its check starts a reply, reads it on every node, kills the one that makes it, and says OK', async () => {
  const script = startScript(['--check']);

  await script.closed;

  expect(script.output()).toMatch(/^OK: /m);
  expect(script.child.exitCode).toBe(0);
  expect(script.isAlive()).toBe(false);
  expect(readdirSync(folder)).toEqual([]);
});

test('its link opens a page that is signed in, and Ctrl-C leaves no process and no folder', async () => {
  const PORT = `${await freePort()}`;
  const script = startScript([], { PORT });

  while (!script.output().includes('Ctrl-C')) await once(script.child.stdout, 'data');
  const [, origin = '', token] = /Open (\S+)\/#token=(\S+)/.exec(script.output()) ?? [];
  const { status } = await fetch(origin + routes.sessions, { headers: { authorization: `Bearer ${token}` } });
  process.kill(-script.group, 'SIGINT'); // as a terminal does: to all of them
  await script.closed;

  expect(origin).toBe(`http://localhost:${PORT}`);
  expect(status).toBe(200);
  expect(script.child.exitCode).toBe(0);
  expect(script.isAlive()).toBe(false);
  expect(readdirSync(folder)).toEqual([]);
});
