// The image built by the Dockerfile contains the server with its page, and runs without any package beside it.
import { type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { routes } from '@sillage/protocol';
import { freePort, readSse, removeFolder, signToken, tempFolder } from '@sillage/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildImage, type Image } from '../scripts/deploy/image.ts';

const hangsAfterMs = 300_000; // npm installs everything, and all of it is removed
const pollMs = 50;
const secret = 'the secret of an image, which is long enough';

const folder = tempFolder('sillage-image-');
let image: Image;
beforeAll(() => {
  image = buildImage(folder);
}, hangsAfterMs);
afterAll(() => removeFolder(folder), hangsAfterMs);

/** Runs the image's command, and waits until its health check succeeds. */
async function startImage(): Promise<{ url: string; isHealthy(): boolean; stop(): Promise<number | null> }> {
  const PORT = `${await freePort()}`;
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, PORT, NODE_ENV: 'production', DATA_DIR: join(folder, 'data'), JWT_SECRET: secret };
  const options: SpawnOptions = { cwd: image.workdir, env, stdio: ['ignore', 'ignore', 'inherit'] };
  const isHealthy = () =>
    spawnSync(process.execPath, image.healthcheck.slice(1), { cwd: image.workdir, env }).status === 0;

  const child = spawn(process.execPath, image.command.slice(1), options);
  const closed = once(child, 'close');
  const stop = async () => {
    child.kill('SIGTERM');
    await closed;
    return child.exitCode;
  };
  while (!isHealthy()) {
    if (child.exitCode !== null) throw new Error(`The server exited with ${child.exitCode}`);
    await delay(pollMs);
  }
  return { url: `http://127.0.0.1:${PORT}`, isHealthy, stop };
}

test('an image serves the page, streams a reply of the demo model, and exits with 0', async () => {
  const { url, isHealthy, stop } = await startImage();
  const authorization = `Bearer ${await signToken({ secret })}`;

  const page = await (await fetch(url)).text();
  const ready = await fetch(`${url}/health/ready`);
  const frames: unknown[] = [];
  for await (const { data } of readSse(url + routes.stream, { headers: { authorization }, body: { message: 'Hi' } })) {
    if (data !== undefined) frames.push(data);
  }
  const code = await stop();

  expect(page).toContain('<div id="root">');
  expect(ready.status).toBe(200);
  expect(frames.at(-1)).toMatchObject({ done: true, finishReason: 'stop' });
  expect(code).toBe(0);
  expect(isHealthy()).toBe(false);
});

test('an image contains no packages and no sources', () => {
  expect(readdirSync(image.workdir)).toEqual(['backend']);
  expect(readdirSync(join(image.workdir, 'backend')).sort()).toEqual(['bundle', 'dist', 'package.json']);
  expect(readdirSync(join(image.workdir, 'backend/dist'))).toEqual(['page']);
});
