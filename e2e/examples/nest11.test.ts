// The module in a CommonJS application of Nest 11 with Jest, as `nest new` makes it.
import { join } from 'node:path';
import { installApp, openSse, type PackedApp, signToken, startProvider } from '@sillage/testing';
import { beforeAll, expect, test } from 'vitest';

let app: PackedApp;
beforeAll(async () => {
  app = await installApp(join(import.meta.dirname, 'hosts/nest11'));
  await app.run('npm', ['run', 'build']);
}, 300_000);

test('starts and streams', async () => {
  const secret = '5yKq0mZ3wT8rBvN1cXe7Ua2Lh9Pd4Gs6Jf';
  const provider = await startProvider();
  await using server = await app.serve('node', ['dist/main.js'], {
    env: { HOST_SECRET: secret, PROVIDER_URL: provider.url },
  });

  const response = await openSse(`${server.url}/api/ai-chat/stream`, {
    headers: { authorization: `Bearer ${await signToken({ secret })}` },
    body: { message: '你好' },
  });
  const text = await response.text();
  await provider.stop();

  expect(text).toContain('"content":"Hello');
  expect(text).toContain('"done":true,"finishReason":"stop"');
  expect(server.output()).not.toContain('ERROR');
});

test('is tested by Jest, with a model that says what the test tells it', async () => {
  expect(await app.run('npm', ['test'])).toContain('1 passed');
});

test('does not start without a sign-in, and says in a line what to set', async () => {
  const env = { HOST_SECRET: undefined, PORT: '0' };

  await expect(app.run('node', ['dist/main.js'], { env })).rejects.toThrow(
    'set auth.jwtSecret, auth.jwksUrl or auth.resolveUser.',
  );
});
