// The module in a Nest 12 application that has everything enabled that a host may have: on Express and on Fastify.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installApp, type PackedApp, type Provider, shortOrFull, startProvider } from '@sillage/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostTests } from './host-tests/host-tests.ts';
import { buildCommonJs, startHost } from './host-tests/hostile-host.ts';

let app: PackedApp;
let provider: Provider;
beforeAll(async () => {
  [app, provider] = await Promise.all([installApp(join(import.meta.dirname, 'hosts/nest12')), startProvider()]);
  await app.run('npm', ['run', 'build']);
}, 600_000);
afterAll(() => provider?.stop());

// On Express are the built server and, in full, all of backend/src/ai-chat/test/module.test.ts.
describe.each(shortOrFull({ short: ['fastify'], full: ['express', 'fastify'] }))('on %s', (adapter) => {
  hostTests({ app: () => app, built: 'dist', adapter, provider: () => provider });
});

// Only in full: hosts/nest11 is CommonJS, too.
describe.each(shortOrFull({ short: [], full: ['express', 'fastify'] }))('as CommonJS on %s', (adapter) => {
  beforeAll(() => buildCommonJs(app), 600_000);
  hostTests({ app: () => app, built: 'commonjs/dist', adapter, provider: () => provider });
});

// VersioningType.HEADER, CUSTOM and MEDIA_TYPE; that of the URI is on in all other tests.
test.each(shortOrFull({ short: ['1'], full: ['1', '2', '3'] }))(
  'answers in every version, of type %s',
  async (type) => {
    const adapter = type === '2' ? 'express' : 'fastify';
    const env = { HOST_SECRET: 'x'.repeat(32), PROVIDER_URL: provider.url, ADAPTER: adapter, VERSIONING: type };
    await using server = await startHost(app, 'dist', env);

    const chat = await fetch(`${server.url}/api/inner/ai-chat/stream`, {
      method: 'POST',
      headers: { 'x-version': '7' },
    });
    const host = await fetch(`${server.url}/api/host/me`, {
      headers: { 'x-version': '1', accept: 'application/json;v=1' },
    });

    expect([chat.status, (await chat.json()).code]).toEqual([401, 'unauthorized']);
    expect(host.status).not.toBe(404);
  },
);

/** Declarations that the code of the page needs. */
const prelude = `
import { Body, Controller, Get, Injectable, Module, Post, Res, UseGuards } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { Test } from '@nestjs/testing';
import { AiChatModule, AiService, ChatService, CurrentUser, fromEnvironment, JwtGuard, type User } from '@sillage/server';
import { inMemory, TestModel } from '@sillage/server/testing';
import type { Response } from 'express';
declare class DocumentsModule {}
declare class DocumentsService {
  promptFor(userId: string, workspaceId: string | undefined): Promise<string>;
  keep(streamId: string, text: string, finishReason: string): Promise<void>;
}
`;

test('the code of docs/nestjs.md compiles', async () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/nestjs.md'), 'utf8');
  const folder = join(app.folder, 'page');
  mkdirSync(folder);
  for (const [index, [, code = '']] of [...page.matchAll(/```ts\n(.*?)```/gs)].entries()) {
    writeFileSync(join(folder, `${index}.ts`), prelude + code.replace(/^import .*\n/gm, ''));
  }
  const compilerOptions = { rootDir: '.', noEmit: true };
  const config = { extends: './tsconfig.json', compilerOptions, include: ['page'] };
  writeFileSync(join(app.folder, 'tsconfig.page.json'), JSON.stringify(config));

  await app.run('npx', ['tsc', '-p', 'tsconfig.page.json']);
});
