// The module in CommonJS applications of Nest 11: one with Jest, as `nest new` of Nest 11 makes it, and one that has everything
// enabled that a host may have.
import { join } from 'node:path';
import { installApp, openSse, type PackedApp, type Provider, signToken, startProvider } from '@sillage/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostTests } from './host-tests/host-tests.ts';
import { buildCommonJs } from './host-tests/hostile-host.ts';

let app: PackedApp;
let provider: Provider;
beforeAll(async () => {
  [app, provider] = await Promise.all([installApp(join(import.meta.dirname, 'hosts/nest11')), startProvider()]);
  await app.run('npm', ['run', 'build']);
  await buildCommonJs(app);
}, 600_000);
afterAll(() => provider?.stop());

test('starts and streams', async () => {
  const secret = '5yKq0mZ3wT8rBvN1cXe7Ua2Lh9Pd4Gs6Jf';
  await using server = await app.serve('node', ['dist/main.js'], {
    env: { HOST_SECRET: secret, PROVIDER_URL: provider.url },
  });

  const response = await openSse(`${server.url}/api/ai-chat/stream`, {
    headers: { authorization: `Bearer ${await signToken({ secret })}` },
    body: { message: '你好' },
  });
  const text = await response.text();

  expect(text).toContain('"content":"Hello');
  expect(text).toContain('"done":true,"finishReason":"stop"');
  expect(server.output()).not.toContain('ERROR');
});

test('is tested by Jest, with a model that says what the test tells it', async () => {
  expect(await app.run('npm', ['test'])).toContain('1 passed');
});

test('does not start without a sign-in, and the error names the option to set', async () => {
  const env = { HOST_SECRET: undefined, PORT: '0' };

  await expect(app.run('node', ['dist/main.js'], { env })).rejects.toThrow(
    'set auth.jwtSecret, auth.jwksUrl or auth.resolveUser.',
  );
});

describe.each(['express', 'fastify'])('with everything enabled, on %s', (adapter) => {
  hostTests({ app: () => app, built: 'commonjs/dist', adapter, provider: () => provider });
});
