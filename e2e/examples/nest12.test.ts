// The module in a Nest 12 application that has everything on that a host may have: on Express and on Fastify.
import { join } from 'node:path';
import { installApp, type PackedApp, type Provider, startProvider } from '@sillage/testing';
import { afterAll, beforeAll, describe } from 'vitest';
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
  });
});
