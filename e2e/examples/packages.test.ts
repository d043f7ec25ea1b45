// The packages as a user gets them: installed from their tarballs by npx, in an empty folder, with the oldest Node.js that the
// server supports.
import { globSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  installApp,
  openSse,
  type PackedApp,
  packPackages,
  signToken,
  startPostgres,
  startRedis,
  tempFolder,
} from '@sillage/testing';
import { beforeAll, expect, test } from 'vitest';

const secret = '5yKq0mZ3wT8rBvN1cXe7Ua2Lh9Pd4Gs6Jf';

let empty: PackedApp;
/** Its `node` is the oldest supported one. */
let floor: PackedApp;
let npx: string[];
let env: NodeJS.ProcessEnv;
/** Where npx has installed the packages. */
let installed: string;
/** The output of `sillage doctor`, which the first npx runs. */
let diagnosis: string;
beforeAll(async () => {
  const platform = `${process.platform}-${process.arch}`
    .replace('win32', 'win')
    .replace('darwin-arm', 'bin-darwin-arm');
  [empty, floor] = await Promise.all([
    installApp(folderOf({ private: true })),
    installApp(folderOf({ private: true, dependencies: { node: `npm:node-${platform}@22.16.0` } })),
  ]);
  const cache = tempFolder(); // for what npx installs; what it downloads is in the usual cache
  symlinkSync(join((await empty.run('npm', ['config', 'get', 'cache'])).trim(), '_cacache'), join(cache, '_cacache'));
  env = { HOST: '127.0.0.1', npm_config_cache: cache };
  const packages = Object.values(await packPackages()).flatMap((name) => ['--package', name]);
  npx = ['--yes', '--prefer-offline', '--loglevel=error', ...packages];
  diagnosis = await empty.run('npx', [...npx, 'sillage', 'doctor'], { env });
  [installed = ''] = globSync(join(cache, '_npx/*'));
}, 600_000);

function folderOf(manifest: object): string {
  const folder = tempFolder();
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  return folder;
}

const filesOf = (name: string) => globSync('**/*.*', { cwd: join(installed, 'node_modules/@sillage', name) });
const main = () => join(installed, 'node_modules/@sillage/server/dist/main.js');

/** Writes a module that may import what is installed; returns its path. */
function moduleOf(name: string, code: string): string {
  const file = join(installed, name);
  writeFileSync(file, code);
  return file;
}

test('the client is loaded without React, and imports nothing but the protocol', async () => {
  const file = moduleOf('client.mjs', "console.log(Object.keys(await import('@sillage/client')))");
  const output = await floor.run('node', [file]);

  expect(output).toContain('createAIStream');
  expect(filesOf('../react')).toEqual([]);
});

test('the AI SDK transport is loaded without the AI SDK', async () => {
  const file = moduleOf('transport.mjs', "console.log(Object.keys(await import('@sillage/client/ai-sdk')))");
  const output = await floor.run('node', [file]);

  expect(output).toContain('createChatTransport');
  expect(filesOf('../ai')).toEqual([]);
});

test('npx starts the server in an empty folder, and it serves the page with its assets', async () => {
  // `exec`, as npx passes SIGTERM on to its shell only.
  await using server = await empty.serve('npx', [...npx, '-c', 'exec sillage'], { path: '/health/ready', env });

  const page = await fetch(server.url);
  const html = await page.text();
  const [, script = ''] = /src="(\/assets\/[^"]+\.js)"/.exec(html) ?? [];
  const asset = await fetch(server.url + script);

  expect(page.status).toBe(200);
  expect(html).toContain('<div id="root">');
  expect(asset.headers.get('Content-Type')).toContain('javascript');
  expect((await fetch(`${server.url}/c/some-conversation`)).status).toBe(200);
  await expect.poll(() => server.output()).toContain('#token=');
});

test('npx runs the doctor in an empty folder, which finds nothing wrong', () => {
  expect(diagnosis).toMatch(/^ok +node +Node\.js/);
  expect(diagnosis).toContain('the demo model answers');
  expect(diagnosis).not.toContain('problem');
});

test.each(['protocol', 'client', 'server'])(
  '%s has a README and a licence, and names no file that it lacks',
  (name) => {
    const files = filesOf(name);
    const folder = join(installed, 'node_modules/@sillage', name);
    const maps = files.filter(
      (file) => file.endsWith('.js') && readFileSync(join(folder, file), 'utf8').includes('sourceMappingURL'),
    );

    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toContain(`npm install @sillage/${name}`);
    expect(readFileSync(join(folder, 'LICENSE'), 'utf8')).toContain('MIT License');
    expect(maps).toEqual([]);
    expect(files.filter((file) => /\.(map|tsbuildinfo|test\.js)$/.test(file))).toEqual([]);
  },
);

const settings = { JWT_SECRET: secret, DATA_DIR: 'data', log_level: 'warn' };
const signedIn = async () => ({ authorization: `Bearer ${await signToken({ secret })}` });

async function say(url: string, message: string): Promise<string> {
  const body = { message, sessionId: 's' };
  return (await openSse(`${url}/api/ai-chat/stream`, { headers: await signedIn(), body })).text();
}

test('the oldest supported Node.js streams, restarts, searches and erases', async () => {
  const serve = () => floor.serve('node', [main()], { path: '/health/ready', env: settings });
  const search = async (url: string) => {
    const found = await fetch(`${url}/api/ai-chat/sessions?search=${encodeURIComponent('你好')}`, {
      headers: await signedIn(),
    });
    return (await found.json()).sessions;
  };
  let reply: string;
  {
    await using server = await serve();
    reply = await say(server.url, '你好 🙂');
  }
  await using server = await serve();
  const found = await search(server.url);
  const erased = await fetch(`${server.url}/api/ai-chat/sessions`, { method: 'DELETE', headers: await signedIn() });

  expect(reply).toContain('"finishReason":"stop"');
  expect(found).toMatchObject([{ sessionId: 's' }]);
  expect(erased.status).toBe(204);
  expect(await search(server.url)).toEqual([]);
  expect(server.output()).not.toMatch(/ERROR|is not a function/);
});

test('with PostgreSQL, no module loads node:sqlite', async () => {
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  const shared = { ...settings, DATABASE_URL: await postgres.createDatabase(), REDIS_URL: redis.url };
  let reply: string;
  {
    const args = ['--no-experimental-sqlite', main()];
    await using server = await floor.serve('node', args, { path: '/health/ready', env: shared });
    reply = await say(server.url, 'Hi');
  }
  await Promise.all([postgres.stop(), redis.stop()]);

  expect(reply).toContain('"finishReason":"stop"');
});

test('on an older Node.js, the server and the module print in one line which version is needed', async () => {
  const needed = 'Sillage needs Node.js ^22.16.0 || >=24.0.0; this is 22.15.1.';
  const older = moduleOf(
    'older.mjs',
    "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '22.15.1' } });",
  );
  const host = moduleOf(
    'host.mjs',
    `import 'reflect-metadata';
    import { NestFactory } from '@nestjs/core';
    import { AiChatModule } from '@sillage/server';
    const module = AiChatModule.forRoot({ storage: { memory: true }, auth: { resolveUser: () => ({ id: 'ada' }) } });
    await NestFactory.createApplicationContext(module, { logger: false, abortOnError: false }).catch((error) => {
      console.log(error.message);
    });`,
  );
  const onOlder = (file: string) => floor.run('node', ['--import', older, file]);

  await expect(onOlder(main())).rejects.toThrow(`failed:\nSillage cannot start.\n${needed}\n`);
  expect((await onOlder(host)).trim()).toBe(needed);
});
