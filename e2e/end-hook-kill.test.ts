// `onEnd` across kill -9 of the host: called for each reply at least once, and not again once a call has returned.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from '@sillage/testing';
import { expect, test } from 'vitest';

/** A host's data folder, with what its `onEnd` was called with so far. */
function openHost() {
  const folder = tempFolder();
  const file = join(folder, 'calls');
  const calls = () =>
    (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []).map((line) => JSON.parse(line));
  const start = (...args: string[]) =>
    spawn(process.execPath, [join(import.meta.dirname, 'end-hook-host.ts'), join(folder, 'data'), file, ...args], {
      stdio: 'inherit',
    });
  return {
    calls,
    /** Runs until it has killed itself. */
    async dies(when: string): Promise<void> {
      expect(await once(start(when), 'exit')).toEqual([null, 'SIGKILL']);
    },
    /** Runs until `onEnd` was called this many times, then ends the host. */
    async runsUntil(count: number): Promise<void> {
      const host = start();
      const exit = once(host, 'exit');
      try {
        await expect.poll(() => calls().length).toBe(count);
      } finally {
        host.kill();
        await exit;
      }
    },
  };
}

test('a host that dies within onEnd is called again by its next process, and by no later one', async () => {
  const host = openHost();

  await host.dies('in onEnd');
  await host.runsUntil(2);
  await host.dies('in onEnd');

  const [first, again, next] = host.calls();
  expect(first).toMatchObject({ finishReason: 'stop' });
  expect(again).toEqual(first);
  expect(next.streamId).not.toBe(first.streamId);
  expect(host.calls()).toHaveLength(3);
});

test('a host that dies in a reply is called by its next process, with the text that was stored', async () => {
  const host = openHost();

  await host.dies('in the reply');
  const before = host.calls();
  await host.runsUntil(1);

  expect(before).toEqual([]);
  expect(host.calls()).toMatchObject([{ finishReason: 'interrupted', text: expect.stringMatching(/./) }]);
});
