// How the process ends: with what it can still do, and told to everybody who reads.
import { providerAnswers } from '@sillage/testing';
import { expect, test } from 'vitest';
import { firstRefusal, openStage, PlainReader } from './support.ts';

test('SIGTERM refuses starts, lets a short reply end, interrupts the rest, tells the readers, and exits with 0', async () => {
  await using stage = await openStage({ env: { shutdown_grace: '1' } });
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  stage.provider.answer(async (request, response) => {
    const { messages } = request.body as { messages: { content: string }[] };
    const asked = messages.at(-1)?.content;
    if (asked === 'long') return providerAnswers.stallAfter(['Long'])(request, response);
    if (asked === 'short') await released;
    return providerAnswers.reply(['Short'])(request, response);
  });
  const begin = async (message: string) => {
    const streamId = await stage.start({ message, sessionId: message });
    const reader = new PlainReader({ headers: stage.headers, streamId });
    return { reader, read: reader.readOnce(stage.server.url) }; // one connection: it must be told on this one
  };
  const [short, long] = [await begin('short'), await begin('long')];

  const exited = stage.server.stop();
  const refused = await firstRefusal(stage);
  release();
  const exitCode = await exited;
  await Promise.all([short.read, long.read]);

  expect(refused.status).toBe(503);
  expect(await refused.json()).toMatchObject({ code: 'shutting-down' });
  expect([short.reader.text, short.reader.end]).toMatchObject(['Short', { finishReason: 'stop' }]);
  expect([long.reader.text, long.reader.end]).toMatchObject(['Long', { finishReason: 'interrupted' }]);
  expect(exitCode).toBe(0);
  await stage.server.restart();
  expect((await stage.session('short')).messages[1]).toMatchObject({ content: 'Short', finishReason: 'stop' });
  expect((await stage.session('long')).messages[1]).toMatchObject({ content: 'Long', finishReason: 'interrupted' });
});

test('SIGTERM without a reply under way exits at once, whoever is connected', async () => {
  await using stage = await openStage();
  const idle = await fetch(`${stage.server.url}/health/live`); // a connection that is kept open
  await idle.text();

  const askedAt = performance.now();
  expect(await stage.server.stop()).toBe(0);
  expect(performance.now() - askedAt).toBeLessThan(2_000);
});
