// Several providers over HTTP: the stored message says which one answered.
import { routes } from '@sillage/protocol';
import { collect, providerScripts, startProvider } from '@sillage/testing';
import { expect, test } from 'vitest';
import { contentOf, startApp } from './app.testing.ts';

test('the message names the provider of the reply, also after a fallback', async () => {
  const spare = await startProvider();
  const main = await startProvider();
  main.respond(providerScripts.status(500, {}));
  spare.respond(providerScripts.reply(['Hi 你好']));
  const server = await startApp({
    settings: {
      ai_api_url: '',
      ai_api_key: '',
      ai_fallback: 'true',
      ai_providers: JSON.stringify([
        { name: 'main', url: main.url, models: ['m'] },
        { name: 'spare', url: spare.url, models: ['m', 'n'] },
      ]),
    },
  });
  const say = async (model: string) =>
    contentOf(
      await collect((await server.open(routes.stream, { body: { message: 'Hi', model, sessionId: model } })).messages),
    );

  const texts = [await say('m'), await say('n')];

  expect(texts).toEqual(['Hi 你好', 'Hi 你好']);
  for (const session of ['m', 'n']) {
    expect((await server.session(session)).messages.at(-1)).toMatchObject({ provider: 'spare', model: session });
  }
  expect((await server.send(routes.config)).body).toMatchObject({ models: ['m', 'n'], defaultModel: 'm', demo: false });
  await server.close();
  await Promise.all([main.stop(), spare.stop()]);
});
