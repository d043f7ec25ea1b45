import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AiService } from '../ai.service.ts';
import type { ModelEvent } from '../model-event.ts';
import { type DemoModel, startDemoModel } from './demo-model.ts';

let demo: DemoModel;
beforeAll(async () => {
  demo = await startDemoModel({ pace: 0 });
});
afterAll(() => demo.close());

function serviceAt(apiUrl: string): AiService {
  return new AiService({
    enabled: true,
    apiKey: undefined,
    model: 'demo',
    models: ['demo'],
    apiUrl,
    systemPrompt: undefined,
    maxTokens: undefined,
    hashUserId: false,
    timings: { stallMs: 5_000, endGraceMs: 500 },
  });
}

async function complete(content: string, maxTokens?: number): Promise<{ text: string; end: ModelEvent | undefined }> {
  let text = '';
  let end: ModelEvent | undefined;
  for await (const event of serviceAt(demo.url).streamEvents([{ role: 'user', content }], 'user-1', { maxTokens })) {
    if (event.type === 'text') text += event.text;
    if (event.type === 'end') end = event;
  }
  return { text, end };
}

describe('the demo model', () => {
  test('says that it is one, and which settings connect a real one', async () => {
    const { text, end } = await complete('Hello, who are you?');

    expect(text).toMatch(/demo model/);
    expect(text).toMatch(/`ai_api_key`.*`ai_api_url`/s);
    expect(end).toMatchObject({ finishReason: 'stop', usage: { promptTokens: expect.any(Number) } });
  });

  test('replies to French in French', async () => {
    expect((await complete('Bonjour, qui es-tu ?')).text).toMatch(/modèle de démonstration.*`ai_api_key`/s);
  });

  test('shows code on request, and a table for a table', async () => {
    expect((await complete('Show me some code')).text).toContain('```ts');
    expect((await complete('Fais-moi un tableau')).text).toMatch(/\| --- \|/);
  });

  test.each([
    ['A long answer, please', 2_300],
    ['Tell me a long story about a ship and the wake it leaves.', 2_300],
    ['Raconte-moi une longue histoire de navire et du sillage qu’il laisse.', 900],
  ])('writes a long reply: %s', async (message, words) => {
    const { text } = await complete(message);

    expect(text.split(/\s+/).length).toBeGreaterThan(words);
    expect(text.match(/^## /gm)?.length).toBeGreaterThan(5);
    expect(text).toMatch(/\bsillage\b/);
  });

  test('replies to the other suggestions of the page, in their language', async () => {
    const reader = 'Write a TypeScript function that reads server-sent events, and explain it.';

    expect((await complete(reader)).text).toMatch(/This function reads server-sent events.*```ts.*```.*decoder/s);
    expect((await complete('Écris une fonction TypeScript, et explique-la.')).text).toMatch(/Cette fonction.*```ts/s);
    expect((await complete('What does the French word “sillage” mean?')).text).toMatch(
      /^\*Sillage\* is French for \*\*wake/,
    );
    expect((await complete('Que veut dire le mot « sillage » ?')).text).toMatch(/^Le \*\*sillage\*\* est la trace/);
  });

  test('limits its length to max_tokens', async () => {
    expect((await complete('A long answer, please', 5)).end).toMatchObject({
      finishReason: 'length',
      usage: { completionTokens: 5 },
    });
  });

  test('also replies without streaming, and lists itself as a model', async () => {
    const client = new OpenAI({ apiKey: 'none', baseURL: demo.url });

    const completion = await client.chat.completions.create({
      model: 'demo',
      messages: [{ role: 'user', content: 'Hi' }],
    });
    const models = await client.models.list();

    expect(completion.choices[0]?.message.content).toMatch(/demo model/);
    expect(models.data.map(({ id }) => id)).toEqual(['demo']);
    await expect(
      client.chat.completions.create({ model: 'demo', messages: [] }, { path: '/nowhere' }),
    ).rejects.toMatchObject({
      status: 404,
    });
  });

  test('sends its reply slowly, as a real model does, and ends with its server', async () => {
    const paced = await startDemoModel({ pace: 0.2 });
    const events = serviceAt(paced.url).streamEvents([{ role: 'user', content: 'Hello' }], 'user-1');
    const began = performance.now();
    await events.next();
    const firstAfterMs = performance.now() - began;
    const second = await events.next();

    expect(firstAfterMs).toBeGreaterThan(50);
    expect(second.value).toMatchObject({ type: 'text' });
    await paced.close();
    const rest = async () => {
      for await (const _ of events);
    };
    await expect(rest()).rejects.toMatchObject({ code: 'provider-unavailable' });
  });
});
