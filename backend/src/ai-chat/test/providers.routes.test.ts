// docs/providers.md: the settings of each provider are valid, and a stream in its own form is read.
import { readFileSync } from 'node:fs';
import { routes } from '@sillage/protocol';
import { collect } from '@sillage/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../config/config.ts';
import { contentOf, endOf, startApp, type TestApp } from './app.testing.ts';

const page = readFileSync(new URL('../../../../docs/providers.md', import.meta.url), 'utf8');
const sections = page
  .split('\n## ')
  .slice(1)
  .map((section) => ({ name: section.split('\n', 1)[0] ?? '', text: section }))
  .filter(({ name }) => name !== 'Several providers');

interface Spoken {
  /** Comments as text, chunks as objects. */
  readonly stream: readonly (string | object)[];
  readonly apiUrl: string;
  readonly reasoning?: string;
}

const head = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_795_000_000, model: 'm' };
const c = (delta: object, finish_reason: string | null = null, more = {}) => ({
  ...head,
  choices: [{ index: 0, delta, logprobs: null, finish_reason }],
  ...more,
});
const usage = { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 };
const counted = { ...head, choices: [], usage };
const role = c({ role: 'assistant', content: '' });

const providers: Readonly<Record<string, Spoken>> = {
  OpenAI: {
    apiUrl: 'https://api.openai.com/v1',
    stream: [
      c({ role: 'assistant', content: '', refusal: null }, null, { service_tier: 'default', obfuscation: 'a1b2' }),
      c({ content: 'Hi' }, null, { obfuscation: 'x' }),
      c({ content: ' 你好' }, null, { obfuscation: 'yz' }),
      c({}, 'stop', { obfuscation: '' }),
      counted,
    ],
  },
  'Azure OpenAI': {
    apiUrl: 'https://resource.openai.azure.com/openai/v1',
    stream: [
      {
        choices: [],
        prompt_filter_results: [{ prompt_index: 0, content_filter_results: { hate: { filtered: false } } }],
      },
      role,
      { ...head, choices: [{ index: 0, delta: { content: 'Hi' }, content_filter_results: {}, finish_reason: null }] },
      { ...head, choices: [{ index: 0, finish_reason: null, content_filter_offsets: { check_offset: 2 } }] },
      c({ content: ' 你好' }),
      c({}, 'stop'),
      counted,
    ],
  },
  Ollama: {
    apiUrl: 'http://localhost:11434/v1',
    reasoning: 'Hm 嗯',
    stream: [
      c({ role: 'assistant', content: '', reasoning: 'Hm' }),
      c({ role: 'assistant', content: '', reasoning: ' 嗯' }),
      c({ role: 'assistant', content: 'Hi' }),
      c({ role: 'assistant', content: ' 你好' }),
      c({ role: 'assistant', content: '' }, 'stop'),
      counted,
    ],
  },
  vLLM: {
    apiUrl: 'http://localhost:8000/v1',
    reasoning: 'Hm 嗯',
    stream: [
      c({ role: 'assistant', content: '' }),
      c({ reasoning: 'Hm' }),
      c({ reasoning: ' 嗯', reasoning_content: ' 嗯' }),
      c({ content: 'Hi' }, null, { token_ids: null }),
      c({ content: ' 你好' }, 'stop', { stop_reason: null }),
      counted,
    ],
  },
  'llama.cpp': {
    apiUrl: 'http://localhost:8080/v1',
    reasoning: 'Hm 嗯',
    stream: [
      c({ role: 'assistant', content: null }),
      c({ reasoning_content: 'Hm 嗯' }),
      c({ content: 'Hi' }),
      c({ content: ' 你好' }),
      c({}, 'stop', { system_fingerprint: 'b8681' }),
      { ...counted, timings: { prompt_n: 9, predicted_n: 2, predicted_per_second: 41.3 } },
    ],
  },
  'LM Studio': {
    apiUrl: 'http://localhost:1234/v1',
    reasoning: 'Hm 嗯\n',
    stream: [
      c({ role: 'assistant', content: '<th' }),
      c({ content: 'ink>\nHm 嗯\n</' }),
      c({ content: 'think>\n\nHi' }),
      c({ content: ' 你好' }),
      c({}, 'stop'),
      counted,
    ],
  },
  Mistral: {
    apiUrl: 'https://api.mistral.ai/v1',
    reasoning: 'Hm 嗯',
    stream: [
      role,
      c({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Hm' }] }] }),
      c({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: ' 嗯' }], closed: true }] }),
      c({ content: [{ type: 'text', text: 'Hi' }] }),
      c({ content: ' 你好' }),
      c({ content: '' }, 'stop', { usage }),
    ],
  },
  DeepSeek: {
    apiUrl: 'https://api.deepseek.com/v1',
    reasoning: 'Hm 嗯',
    stream: [
      ': keep-alive',
      ': keep-alive',
      c({ role: 'assistant', content: null, reasoning_content: '' }),
      c({ content: null, reasoning_content: 'Hm 嗯' }),
      c({ content: 'Hi', reasoning_content: null }),
      c({ content: ' 你好', reasoning_content: null }),
      c({ content: '', reasoning_content: null }, 'stop', { usage: { ...usage, prompt_cache_hit_tokens: 0 } }),
    ],
  },
  OpenRouter: {
    apiUrl: 'https://openrouter.ai/api/v1',
    reasoning: 'Hm 嗯',
    stream: [
      ': OPENROUTER PROCESSING',
      c({
        role: 'assistant',
        content: '',
        reasoning: 'Hm 嗯',
        reasoning_details: [{ type: 'reasoning.text', text: 'Hm 嗯', format: 'unknown', index: 0 }],
      }),
      ': OPENROUTER PROCESSING',
      c({ role: 'assistant', content: 'Hi' }, null, { provider: 'Example' }),
      c({ role: 'assistant', content: ' 你好' }),
      c({ role: 'assistant', content: '' }, 'stop', { native_finish_reason: 'STOP' }),
      { ...head, choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }], usage },
    ],
  },
  Groq: {
    apiUrl: 'https://api.groq.com/openai/v1',
    reasoning: 'Hm 嗯',
    stream: [
      c({ role: 'assistant', content: '' }, null, { x_groq: { id: 'req_1' } }),
      c({ reasoning: 'Hm 嗯', channel: 'analysis' }),
      c({ content: 'Hi' }),
      c({ content: ' 你好' }),
      c({}, 'stop', { x_groq: { id: 'req_1', usage: { ...usage, queue_time: 0.01 } } }),
    ],
  },
  Gemini: {
    apiUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
    stream: [
      c({ role: 'assistant', content: 'Hi' }, null, { usage: { prompt_tokens: 9, completion_tokens: 1 } }),
      c({ role: 'assistant', content: ' 你好', extra_content: { google: { thought_signature: 'x' } } }, 'stop', {
        usage,
      }),
    ],
  },
  xAI: {
    apiUrl: 'https://api.x.ai/v1',
    reasoning: 'Hm 嗯',
    stream: [
      c({ role: 'assistant', reasoning_content: 'Hm' }),
      c({ reasoning_content: ' 嗯' }),
      c({ content: 'Hi', role: 'assistant' }, null, { system_fingerprint: 'fp_1' }),
      c({ content: ' 你好' }),
      c({}, 'stop'),
      { ...counted, usage: { ...usage, num_sources_used: 0 } },
    ],
  },
  Together: {
    apiUrl: 'https://api.together.ai/v1',
    reasoning: 'Hm 嗯',
    stream: [
      { ...c({ token_id: 1, role: 'assistant', content: '', reasoning: 'Hm 嗯' }), usage: null },
      { ...c({ token_id: 2, role: 'assistant', content: 'Hi', tool_calls: [] }), usage: null },
      { ...c({ token_id: 3, role: 'assistant', content: ' 你好', tool_calls: [] }), usage: null },
      c({ token_id: 4, role: 'assistant', content: '', tool_calls: [] }, 'eos', { usage }),
    ],
  },
  LiteLLM: {
    apiUrl: 'http://localhost:4000/v1',
    reasoning: 'Hm 嗯',
    stream: [
      c({ role: 'assistant', content: '', reasoning_content: 'Hm 嗯', provider_specific_fields: { citation: null } }),
      c({ content: 'Hi' }, null, { provider_specific_fields: null, citations: null }),
      c({ content: ' 你好' }),
      c({}, 'stop'),
      counted,
    ],
  },
};

let server: TestApp;

beforeAll(async () => {
  server = await startApp();
});
afterAll(() => server.close());

test('every provider of docs/providers.md has a recorded stream here, and the other way round', () => {
  expect(sections.map(({ name }) => name)).toEqual(Object.keys(providers));
});

describe.each(sections)('$name', ({ name, text }) => {
  const { stream = [], apiUrl, reasoning = '' } = providers[name] ?? {};

  test('has three settings that are valid, and a reference', () => {
    const lines = /```sh\n([^`]*)```/.exec(text)?.[1]?.trim().split('\n') ?? [];
    const settings = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)));

    const { ai } = readConfig(settings);

    expect(Object.keys(settings)).toEqual(expect.arrayContaining(['ai_api_url', 'ai_model']));
    expect(ai).toMatchObject({ apiUrl, model: settings.ai_model, apiKey: settings.ai_api_key });
    expect(text).toMatch(/\[Reference\]\(https:\/\/[^)]+\)/);
  });

  test('has further settings that are valid', () => {
    for (const [, setting = '', value = ''] of text.matchAll(/`(ai_\w+)='([^']*)'`/g)) {
      expect(readConfig({ ai_api_key: 'x', [setting]: value }).ai).toBeDefined();
    }
  });

  test('has a stream that is read completely', async () => {
    const body = stream.map((one) => `${typeof one === 'string' ? one : `data: ${JSON.stringify(one)}`}\n\n`).join('');
    server.provider.respond((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(`${body}data: [DONE]\n\n`);
    });

    const messages = await collect((await server.open(routes.stream, { body: { message: 'Hi?' } })).messages);

    const thought = messages.map(({ data }) => (data as { reasoning?: string } | undefined)?.reasoning ?? '').join('');
    expect({ text: contentOf(messages), reasoning: thought }).toEqual({ text: 'Hi 你好', reasoning });
    expect(endOf(messages)).toMatchObject({
      finishReason: 'stop',
      usage: { promptTokens: 9, completionTokens: 2 },
      done: true,
    });
  });
});

test('the list of several providers on the page is valid', () => {
  const list = /```json\n([^`]*)```/.exec(page)?.[1] ?? '';

  const { ai } = readConfig({ ai_providers: list, OPENAI_API_KEY: 'a', AZURE_API_KEY: 'b' });

  expect(ai.providers?.map(({ name, apiKey }) => [name, apiKey])).toEqual([
    ['openai', 'a'],
    ['azure', 'b'],
    ['local', undefined],
  ]);
});
