// The packages as a user gets them, installed from their tarballs into an empty folder.

import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installApp, type PackedApp, tempFolder } from '@sillage/testing';
import { beforeAll, expect, test } from 'vitest';

let app: PackedApp;
beforeAll(async () => {
  const folder = tempFolder();
  const dependencies = { '@sillage/client': '*', '@sillage/server': '*' };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies }));
  app = await installApp(folder);
});

const filesOf = (name: string) => globSync('**/*.*', { cwd: join(app.folder, 'node_modules/@sillage', name) });

test('the client is loaded without React, and imports nothing but the protocol', async () => {
  const output = await app.run('node', ['-e', "import('@sillage/client').then((it) => console.log(Object.keys(it)))"]);

  expect(output).toContain('createAIStream');
  expect(filesOf('../react')).toEqual([]);
});

test('the AI SDK transport is loaded without the AI SDK', async () => {
  const load = "import('@sillage/client/ai-sdk').then((it) => console.log(Object.keys(it)))";
  const output = await app.run('node', ['-e', load]);

  expect(output).toContain('createChatTransport');
  expect(filesOf('../ai')).toEqual([]);
});

test('the server, started in a folder that holds nothing else, serves the page with its assets', async () => {
  await using server = await app.serve('sillage', [], { path: '/health/ready', env: { HOST: '127.0.0.1' } });

  const page = await fetch(server.url);
  const html = await page.text();
  const [, script = ''] = /src="(\/assets\/[^"]+\.js)"/.exec(html) ?? [];
  const asset = await fetch(server.url + script);

  expect(page.status).toBe(200);
  expect(html).toContain('<div id="root">');
  expect(asset.headers.get('Content-Type')).toContain('javascript');
  expect((await fetch(`${server.url}/c/some-conversation`)).status).toBe(200);
  expect(server.output()).toContain(`#token=`);
});

test.each(['protocol', 'client', 'server'])(
  '%s has a README and a licence, and names no file that it lacks',
  (name) => {
    const files = filesOf(name);
    const folder = join(app.folder, 'node_modules/@sillage', name);
    const maps = files.filter(
      (file) => file.endsWith('.js') && readFileSync(join(folder, file), 'utf8').includes('sourceMappingURL'),
    );

    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toContain(`npm install @sillage/${name}`);
    expect(readFileSync(join(folder, 'LICENSE'), 'utf8')).toContain('MIT License');
    expect(maps).toEqual([]);
    expect(files.filter((file) => /\.(map|tsbuildinfo|test\.js)$/.test(file))).toEqual([]);
  },
);
