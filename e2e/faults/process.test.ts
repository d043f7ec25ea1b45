// Graceful shutdown: short replies end, long ones are interrupted, and every reader receives its end.
import { providerScripts } from '@sillage/testing';
import { expect, test } from 'vitest';
import { firstRejectedStart, openFixture, PlainReader } from './fixture/fixture.ts';

test('SIGTERM rejects starts, lets a short reply end, interrupts the rest, sends readers the end, and exits with 0', async () => {
  await using fixture = await openFixture({ env: { shutdown_grace: '8' } });
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  fixture.provider.respond(async (request, response) => {
    const { messages } = request.body as { messages: { content: string }[] };
    const message = messages.at(-1)?.content;
    if (message === 'long') return providerScripts.stallAfter(['Long'])(request, response);
    if (message === 'short') await released;
    return providerScripts.reply(['Short'])(request, response);
  });
  const startAndRead = async (message: string) => {
    const streamId = await fixture.start({ message, sessionId: message });
    const reader = new PlainReader({ headers: fixture.headers, streamId });
    return { reader, read: reader.readOnce(fixture.server.url) }; // one connection: the end must arrive on it
  };
  const [short, long] = [await startAndRead('short'), await startAndRead('long')];

  const exited = fixture.server.stop();
  const rejected = await firstRejectedStart(fixture);
  release();
  const exitCode = await exited;
  await Promise.all([short.read, long.read]);

  expect(rejected.status).toBe(503);
  expect(await rejected.json()).toMatchObject({ code: 'shutting-down' });
  expect([short.reader.text, short.reader.end]).toMatchObject(['Short', { finishReason: 'stop' }]);
  expect([long.reader.text, long.reader.end]).toMatchObject(['Long', { finishReason: 'interrupted' }]);
  expect(exitCode).toBe(0);
  await fixture.server.restart();
  expect((await fixture.session('short')).messages[1]).toMatchObject({ content: 'Short', finishReason: 'stop' });
  expect((await fixture.session('long')).messages[1]).toMatchObject({ content: 'Long', finishReason: 'interrupted' });
});

test('SIGTERM without a running reply exits at once, despite open connections', async () => {
  await using fixture = await openFixture({ env: { shutdown_grace: '600' } }); // with a running reply, it would wait so long
  const idle = await fetch(`${fixture.server.url}/health/live`); // leaves a keep-alive connection open
  await idle.text();

  expect(await fixture.server.stop()).toBe(0);
});
