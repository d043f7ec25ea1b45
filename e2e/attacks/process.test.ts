// Faults of the process environment: a signal during startup, and a closed standard output.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { routes } from '@sillage/protocol';
import { collect, providerScripts, readSse, startProvider, startServer, tempFolder } from '@sillage/testing';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

test('SIGTERM during startup exits with 0, and the next startup succeeds', async () => {
  const dataDir = tempFolder();
  const { PATH = '' } = process.env;
  const env = { PATH, DATA_DIR: dataDir, PORT: '0', JWT_SECRET: randomBytes(32).toString('hex') };
  const child = spawn(process.execPath, ['backend/bundle/main.js'], { cwd: root, env, stdio: 'ignore' });
  const exited = once(child, 'exit');
  while (!existsSync(join(dataDir, 'sillage.db')) && child.exitCode === null) await setImmediate();

  child.kill('SIGTERM');

  expect(await exited).toEqual([0, null]);
  await using server = await startServer({ dataDir });
  expect((await fetch(`${server.url}/health/ready`)).status).toBe(200);
});

test('a closed standard output does not end the server', async () => {
  const provider = await startProvider();
  provider.respond(providerScripts.status(401, { error: { message: '没有权限 🔑' } })); // each failure writes a log line
  await using server = await startServer({ env: { ai_api_url: provider.url } });
  server.closeOutput();
  const generate = async () => {
    const headers = { authorization: `Bearer ${await server.token()}` };
    const messages = await collect(readSse(`${server.url}${routes.stream}`, { headers, body: { message: '你好' } }));
    return messages.at(-1)?.data;
  };

  const ends = [await generate(), await generate(), await generate()];
  await provider.stop();

  expect(ends).toEqual(Array(3).fill(expect.objectContaining({ code: 'provider-auth', done: true })));
  expect((await fetch(`${server.url}/health/ready`)).status).toBe(200);
  expect(await server.stop()).toBe(0);
});
