// The built server as a process: what it says when it cannot start, and how it ends.

import { setImmediate } from 'node:timers/promises';
import { routes } from '@sillage/protocol';
import { freePort, providerAnswers, readSse, startProvider, startServer } from '@sillage/testing';
import { expect, test } from 'vitest';

/** Returns what a start that fails says: the exit code and the output. */
async function failure(options: Parameters<typeof startServer>[0]): Promise<string> {
  try {
    const server = await startServer(options);
    await server.kill();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('It started');
}

test('bad settings are named with what they allow, all at once, and the process exits with 1', async () => {
  const said = await failure({ env: { PORT: '99999', ai_enabled: 'maybe', CORS_ORIGINS: 'not an origin' } });

  expect(said).toContain('exited with 1');
  expect(said).toContain('Sillage cannot start.');
  expect(said).toMatch(/^PORT must be .* 65535$/m);
  expect(said).toMatch(/^ai_enabled must be true or false$/m);
  expect(said).toMatch(/^CORS_ORIGINS must be exact origins/m);
  expect(said).not.toMatch(/^\s+at /m);
});

test('an open host without a JWT setting is refused', async () => {
  const said = await failure({ env: { HOST: '0.0.0.0', JWT_SECRET: undefined } });

  expect(said).toContain('exited with 1');
  expect(said).toContain('set JWT_SECRET or JWT_JWKS_URL');
});

test('a data folder that another process uses is refused, and so is its port', async () => {
  await using server = await startServer();

  const folder = await failure({ dataDir: server.dataDir });
  const port = await failure({ env: { PORT: `${server.port}` }, port: await freePort() });

  expect(folder).toContain('exited with 1');
  expect(folder).toContain(`The data folder ${server.dataDir} is in use by another Sillage process.`);
  expect(folder).not.toMatch(/^\s+at /m);
  expect(port).toContain('exited with 1');
  expect(port).toContain('EADDRINUSE');
});

test.each(['SIGTERM', 'SIGINT'] as const)('%s ends it with 0, and it starts again on its folder', async (signal) => {
  await using server = await startServer();

  process.kill(server.pid, signal);
  while (isAlive(server.pid)) await setImmediate();
  const code = await server.stop();
  await server.restart();

  expect(code).toBe(0);
  expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
});

test('replies under way are interrupted at the end of the grace, and a second signal does not wait for it', async () => {
  const provider = await startProvider();
  provider.answer(providerAnswers.stallAfter(['Hello']));
  await using server = await startServer({ env: { ai_api_url: provider.url, shutdown_grace: '1' } });
  await using slow = await startServer({ env: { ai_api_url: provider.url, shutdown_grace: '600' } });
  const ends = [];
  for (const { url, token } of [server, slow]) {
    const headers = { authorization: `Bearer ${await token()}` };
    const messages = readSse(`${url}${routes.stream}`, { headers, body: { message: 'Hi' } });
    await messages.next();
    ends.push(messages);
  }

  const stopped = server.stop();
  process.kill(slow.pid, 'SIGTERM');
  await refusing(slow.url, { authorization: `Bearer ${await slow.token()}` });
  process.kill(slow.pid, 'SIGTERM');
  const [code, slowCode, end] = [await stopped, await slow.stop(), await ends[0]?.next()];
  await provider.stop();

  expect(code).toBe(0);
  expect(slowCode).toBe(1);
  expect(end?.value).toMatchObject({ data: { finishReason: 'interrupted', code: 'interrupted' } });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Resolves once the server refuses starts. */
async function refusing(url: string, headers: Record<string, string>): Promise<void> {
  for (;;) {
    if ((await fetch(`${url}/health/ready`, { headers })).status === 503) return;
  }
}

test('without a JWT setting it prints a link whose token works', async () => {
  await using server = await startServer({ env: { JWT_SECRET: undefined } });
  const [, origin, token] = /(http:\/\/localhost:\d+)\/#token=(\S+)/.exec(server.output()) ?? [];

  const answer = await fetch(`http://127.0.0.1:${server.port}${routes.config}`, {
    headers: { authorization: `Bearer ${token}` },
  });

  expect(origin).toBe(`http://localhost:${server.port}`);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ demo: true });
});
