// The built server as a process: startup errors, signals and exit codes.

import { setImmediate } from 'node:timers/promises';
import { routes } from '@sillage/protocol';
import {
  freePort,
  providerScripts,
  readSse,
  startPostgres,
  startProvider,
  startRedis,
  startServer,
} from '@sillage/testing';
import { expect, test } from 'vitest';

/** Starts a server that must fail, and returns the error with its exit code and output. */
async function startupError(options: Parameters<typeof startServer>[0]): Promise<string> {
  try {
    const server = await startServer(options);
    await server.kill();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('The server started');
}

test('all invalid settings are listed with their allowed values, and the process exits with 1', async () => {
  const output = await startupError({ env: { PORT: '99999', ai_enabled: 'maybe', CORS_ORIGINS: 'not an origin' } });

  expect(output).toContain('exited with 1');
  expect(output).toContain('Sillage cannot start.');
  expect(output).toMatch(/^PORT must be .* 65535$/m);
  expect(output).toMatch(/^ai_enabled must be true or false$/m);
  expect(output).toMatch(/^CORS_ORIGINS must be exact origins/m);
  expect(output).not.toMatch(/^\s+at /m);
});

test('a public host without a JWT setting is rejected', async () => {
  const output = await startupError({ env: { HOST: '0.0.0.0', JWT_SECRET: undefined } });

  expect(output).toContain('exited with 1');
  expect(output).toContain('set JWT_SECRET or JWT_JWKS_URL');
});

test('a PostgreSQL or a Redis that cannot be used is named with the cause', async () => {
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  const DATABASE_URL = await postgres.createDatabase();

  const noDatabase = { DATABASE_URL: `${DATABASE_URL}_of_others`, REDIS_URL: redis.url };
  const wrongPassword = { DATABASE_URL, REDIS_URL: redis.url.replace('//', '//nobody:a-password@') };
  const ofPostgres = await startupError({ env: noDatabase });
  const ofRedis = await startupError({ env: wrongPassword });
  await Promise.all([postgres.stop(), redis.stop()]);

  expect(ofPostgres).toMatch(/^The database cannot be reached .* Cause: database ".*_of_others" does not exist$/m);
  expect(ofRedis).toMatch(/^Redis at .* cannot be reached \(WRONGPASS .*\)\. Start it, or correct REDIS_URL\.$/m);
  expect(ofPostgres + ofRedis).not.toMatch(/^\s+at |a-password/m);
});

test('the data folder and the port of another process are rejected', async () => {
  await using server = await startServer();

  const folder = await startupError({ dataDir: server.dataDir });
  const port = await startupError({ env: { PORT: `${server.port}` }, port: await freePort() });

  expect(folder).toContain('exited with 1');
  expect(folder).toContain(`The data folder ${server.dataDir} is in use by another Sillage process.`);
  expect(folder).not.toMatch(/^\s+at /m);
  expect(port).toContain('exited with 1');
  expect(port).toContain('EADDRINUSE');
});

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s exits with 0, and the server starts again on its folder',
  async (signal) => {
    await using server = await startServer();

    process.kill(server.pid, signal);
    while (isAlive(server.pid)) await setImmediate();
    const code = await server.stop();
    await server.restart();

    expect(code).toBe(0);
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
  },
);

test('running replies are interrupted at the end of the grace period, and a second signal does not wait for it', async () => {
  const provider = await startProvider();
  provider.respond(providerScripts.stallAfter(['Hello']));
  await using server = await startServer({ env: { ai_api_url: provider.url, shutdown_grace: '1' } });
  await using slow = await startServer({ env: { ai_api_url: provider.url, shutdown_grace: '600' } });
  const ends = [];
  for (const { url, token } of [server, slow]) {
    const headers = { authorization: `Bearer ${await token()}` };
    const messages = readSse(`${url}${routes.stream}`, { headers, body: { message: 'Hi' } });
    await messages.next(); // the first block, without text
    await messages.next();
    ends.push(messages);
  }

  const stopped = server.stop();
  process.kill(slow.pid, 'SIGTERM');
  await waitForShutdown(slow.url, { authorization: `Bearer ${await slow.token()}` });
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

/** Resolves when the server rejects starts. */
async function waitForShutdown(url: string, headers: Record<string, string>): Promise<void> {
  for (;;) {
    if ((await fetch(`${url}/health/ready`, { headers })).status === 503) return;
  }
}

test('without a JWT setting it prints a link whose token works', async () => {
  await using server = await startServer({ env: { JWT_SECRET: undefined } });
  const link = new URL(await server.printedLink());

  const response = await fetch(`http://127.0.0.1:${server.port}${routes.config}`, {
    headers: { authorization: `Bearer ${link.hash.replace('#token=', '')}` },
  });

  expect(link.origin).toBe(`http://localhost:${server.port}`);
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ demo: true });
});
