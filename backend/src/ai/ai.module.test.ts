import { Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { providerScripts, startProvider } from '@sillage/testing';
import { expect, test } from 'vitest';
import { AiModule } from './ai.module.ts';
import { AiService } from './ai.service.ts';
import { defaultAiTimings } from './ai-options.ts';

@Injectable()
class Asking {
  readonly ai: AiService;
  constructor(ai: AiService) {
    this.ai = ai;
  }
}

test('AiModule.forRoot gives other modules an AiService that follows the options', async () => {
  const provider = await startProvider();
  provider.respond(providerScripts.reply(['Hello']));
  const ai = AiModule.forRoot({
    enabled: true,
    apiKey: 'key',
    model: 'model-of-the-options',
    models: ['model-of-the-options'],
    apiUrl: provider.url,
    systemPrompt: undefined,
    maxTokens: undefined,
    hashUserId: false,
    timings: defaultAiTimings,
  });
  @Module({ imports: [ai], providers: [Asking] })
  class AskingModule {}
  const app = await Test.createTestingModule({ imports: [AskingModule] }).compile();

  const texts: string[] = [];
  for await (const text of app.get(Asking).ai.streamChat([{ role: 'user', content: 'Hello?' }], 'user-1')) {
    texts.push(text);
  }

  expect(texts.join('')).toBe('Hello');
  expect(provider.requests[0]?.body).toMatchObject({ model: 'model-of-the-options' });
  await app.close();
  await provider.stop();
});

test('the demo model, which is on this machine, is reached without a proxy', async () => {
  const ai = AiModule.forRoot({
    enabled: true,
    apiKey: undefined,
    model: 'demo',
    models: ['demo'],
    apiUrl: undefined,
    systemPrompt: undefined,
    maxTokens: undefined,
    hashUserId: false,
    proxyEnv: { HTTP_PROXY: 'http://127.0.0.1:1', http_proxy: 'http://127.0.0.1:1' },
    timings: defaultAiTimings,
  });
  @Module({ imports: [ai], providers: [Asking] })
  class AskingModule {}
  const app = await Test.createTestingModule({ imports: [AskingModule] }).compile();

  const events = app.get(Asking).ai.streamEvents([{ role: 'user', content: 'Hello?' }], 'user-1');

  expect((await events.next()).value).toMatchObject({ type: 'text' });
  await events.return();
  await app.close();
});
