// The module in a Nest 12 application that has everything on that a host may have: on Express and on Fastify.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installApp, type PackedApp, type Provider, startProvider } from '@sillage/testing';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { hostTests } from './host-tests.ts';

let app: PackedApp;
let provider: Provider;
beforeAll(async () => {
  [app, provider] = await Promise.all([installApp(join(import.meta.dirname, 'hosts/nest12')), startProvider()]);
  await app.run('npm', ['run', 'build']);
}, 300_000);
afterAll(() => provider?.stop());

describe.each(['express', 'fastify'])('on %s', (adapter) => {
  hostTests({
    start: (env) =>
      app.serve('node', ['dist/main.js'], { path: '/api/ai-chat/config', env: { ...env, ADAPTER: adapter } }),
    provider: () => provider,
    run: (...args) => app.run(...args),
  });
});

/** What the code of the page takes for granted. */
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
