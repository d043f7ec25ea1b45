// The OpenAPI document: committed, complete, and good enough to generate a client from it. That responses are as it says is
// checked wherever the tests of the routes get one (`described.testing.ts`).
import { execFile } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { HttpAdapterHost } from '@nestjs/core';
import { providerScripts, tempFolder } from '@sillage/testing';
import openapiTS, { astToString } from 'openapi-typescript';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApp, type TestApp } from '../test/app.testing.ts';
import { describedResponse } from '../test/described.testing.ts';
import { openApiDocument } from './document.ts';

const root = new URL('../../../../', import.meta.url).pathname;
let server: TestApp;
beforeAll(async () => {
  server = await startApp();
});
afterAll(() => server.close());

test('docs/openapi.json is equal to what `npm run docs` writes and to what the server sends', async () => {
  const committed = JSON.parse(readFileSync(`${root}docs/openapi.json`, 'utf8'));

  expect(committed).toEqual(JSON.parse(JSON.stringify(openApiDocument())));
  expect((await server.send('/api/openapi.json', { user: null })).body).toEqual(committed);
});

test('the document lists every route of the running server, and no other', () => {
  interface Layer {
    readonly route?: { readonly path: string; readonly methods: Record<string, boolean> };
  }
  const { stack } = server.provided(HttpAdapterHost).httpAdapter.getInstance<{ router: { stack: Layer[] } }>().router;
  const running = stack.flatMap(({ route }) =>
    route === undefined
      ? []
      : Object.keys(route.methods).map((method) => `${method} ${route.path.replace(/:(\w+)/g, '{$1}')}`),
  );

  const { paths } = openApiDocument() as { paths: Record<string, object> };
  const listed = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  );

  expect(listed.toSorted()).toEqual([...new Set(running)].toSorted());
});

test('a response that differs from the document is detected', () => {
  const response = (status: number, contentType = 'application/json') =>
    describedResponse({ method: 'POST', path: '/api/ai-chat/streams', status, contentType });

  expect(() => response(200)).toThrow('does not list POST /api/ai-chat/streams: 200');
  expect(() => response(201, 'text/html')).toThrow('does not list');
  expect(() => response(201)({ streamId: 1 })).toThrow('must be string');
  expect(() => response(201)({ streamId: 'a', more: 1 })).toThrow('additional properties');
  expect(() => response(404)({ error: 'x', code: 'not-a-code' })).toThrow('allowed values');
  response(201)({ streamId: 'a' });
});

test('a client that openapi-typescript generates from the document compiles, and streams a reply', async () => {
  const folder = tempFolder();
  symlinkSync(`${root}node_modules`, join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'api.ts'), astToString(await openapiTS(new URL(`${server.url}/api/openapi.json`))));
  writeFileSync(join(folder, 'client.ts'), client);
  const options = { cwd: folder, env: { ...process.env, URL_OF_SERVER: server.url, TOKEN: await server.token() } };
  const strict = [
    '--strict',
    '--noEmit',
    '--module',
    'nodenext',
    '--target',
    'esnext',
    '--types',
    'node',
    '--allowImportingTsExtensions',
  ];
  server.provider.respond(providerScripts.reply(['潮汐', ' 🌊']));

  const compiled = await promisify(execFile)('tsc', [...strict, 'client.ts'], options).catch((error) => error);
  expect(compiled.stdout).toBe('');
  const { stdout } = await promisify(execFile)(process.execPath, ['client.ts'], options);

  expect(stdout).toBe('潮汐 🌊 stop');
});

const client = `
import createClient from 'openapi-fetch';
import type { components, paths } from './api.ts';

const { URL_OF_SERVER: baseUrl = '', TOKEN } = process.env;
const api = createClient<paths>({ baseUrl, headers: { Authorization: 'Bearer ' + TOKEN } });
const started = await api.POST('/api/ai-chat/streams', { body: { message: 'x' } });
if (started.error) throw new Error(started.error.code);
const { data } = await api.GET('/api/ai-chat/streams/{streamId}', {
  params: { path: { streamId: started.data.streamId }, query: { after: '0' } },
  parseAs: 'stream',
});
let text = '';
for await (const piece of data!.pipeThrough(new TextDecoderStream())) text += piece;
for (const [, json = ''] of text.matchAll(/^data: (.*)$/gm)) {
  const frame: components['schemas']['Frame'] = JSON.parse(json);
  process.stdout.write(frame.done ? ' ' + frame.finishReason : (frame.content ?? ''));
}
`;
