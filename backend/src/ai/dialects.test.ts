// Response formats of real providers over a real connection. Each case is a deviation that a public bug report
// describes.
import { type Provider, type ProviderScript, providerScripts, startProvider } from '@sillage/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { AiService } from './ai.service.ts';
import type { AiOptions } from './ai-options.ts';

let provider: Provider;
let services: AiService[] = [];

beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.stop());
afterEach(() => {
  for (const service of services) service.onApplicationShutdown();
  services = [];
});

type Messages = Parameters<AiService['streamEvents']>[0];

function serviceWith(options: Partial<AiOptions> = {}): AiService {
  const service = new AiService({
    enabled: true,
    apiKey: 'sk-a-key-of-the-tests-0123456789',
    model: 'gpt-3.5-turbo',
    models: ['gpt-3.5-turbo'],
    apiUrl: provider.url,
    systemPrompt: undefined,
    maxTokens: undefined,
    hashUserId: false,
    timings: { stallMs: 5_000, endGraceMs: 300 },
    ...options,
  });
  services.push(service);
  return service;
}

async function hear(
  messages: Messages = [{ role: 'user', content: 'Hello?' }],
  options: Partial<AiOptions> = {},
  requestOptions = {},
) {
  const heard: Record<string, unknown> & { text: string; reasoning: string } = { text: '', reasoning: '' };
  try {
    for await (const event of serviceWith(options).streamEvents(messages, 'user-1', requestOptions)) {
      if (event.type === 'end') Object.assign(heard, { finishReason: event.finishReason, usage: event.usage });
      else heard[event.type] += event.text;
    }
  } catch (error) {
    const { code, cause, retryAfter } = error as { code: string; cause?: Error; retryAfter?: number };
    Object.assign(heard, { code, log: cause?.message, retryAfter });
  }
  return heard;
}

const data = (value: unknown) => `data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`;
const c = (delta: unknown, finish_reason: string | null, more = {}) =>
  data({ choices: [{ index: 0, delta, finish_reason, ...more }] });
const done = data('[DONE]');

function body(text: string, contentType: string | undefined = 'text/event-stream', status = 200): ProviderScript {
  return (_request, response) => {
    response.writeHead(status, contentType === '' ? {} : { 'content-type': contentType });
    response.end(text);
  };
}

async function said(...pieces: string[]) {
  provider.respond(body(pieces.join('')));
  return hear();
}

describe('content', () => {
  test.each([
    ['a number', [{ content: '$' }, { content: 6 }], '$6', ''],
    ['zero and a fraction', [{ content: 0 }, { content: 0.5 }], '00.5', ''],
    [
      'a list of parts',
      [{ content: [{ type: 'text', text: '你好' }] }, { content: [{ text: ' Hello' }] }],
      '你好 Hello',
      '',
    ],
    ['a list of texts', [{ content: ['Hel', 'lo'] }], 'Hello', ''],
    [
      'thinking parts, nested (Mistral)',
      [
        { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'hm 嗯' }] }] },
        { content: [{ type: 'text', text: 'Yes' }] },
      ],
      'Yes',
      'hm 嗯',
    ],
    [
      'reasoning parts',
      [
        {
          content: [
            { type: 'reasoning', text: 'hm' },
            { type: 'text', text: 'Yes' },
          ],
        },
      ],
      'Yes',
      'hm',
    ],
    [
      'unknown parts',
      [{ content: [{ type: 'image_url', image_url: {} }, { type: 'text', text: 'Yes' }, 7, null] }],
      'Yes7',
      '',
    ],
    ['null and objects', [{ content: null }, { content: {} }, { content: true }, { content: 'Yes' }], 'Yes', ''],
    ['`reasoning` (OpenRouter, Groq, vLLM)', [{ reasoning: 'hm', content: '' }, { content: 'Yes' }], 'Yes', 'hm'],
    ['`reasoning_content` (DeepSeek)', [{ reasoning_content: 'hm', content: null }, { content: 'Yes' }], 'Yes', 'hm'],
    [
      '`reasoning_details` (OpenRouter)',
      [
        {
          reasoning_details: [
            { type: 'reasoning.text', text: 'h' },
            { type: 'reasoning.summary', summary: 'm' },
            { type: 'reasoning.encrypted', data: 'x' },
          ],
        },
        { content: 'Yes' },
      ],
      'Yes',
      'hm',
    ],
    [
      'both names at once',
      [{ reasoning: 'hm', reasoning_details: [{ type: 'reasoning.text', text: 'hm' }] }, { content: 'Yes' }],
      'Yes',
      'hm',
    ],
  ])('that is %s is read', async (_name, deltas, text, reasoning) => {
    expect(await said(...deltas.map((delta) => c(delta, null)), c({}, 'stop'), done)).toMatchObject({
      text,
      reasoning,
      finishReason: 'stop',
    });
  });
});

describe('think tags', () => {
  const chunks = (text: string) => Array.from(text, (sign) => c({ content: sign }, null));

  test.each([
    ['at the start', '<think>Hm, 让我想想.</think>\n\nYes <b>', 'Yes <b>', 'Hm, 让我想想.'],
    ['after white space', '\n <think>\nHm</think>Yes', 'Yes', 'Hm'],
    ['that are empty', '<think>\n\n</think>\n\nYes', 'Yes', ''],
    ['that are never closed', '<think>Hm </thin', '', 'Hm </thin'],
    ['later in the text', 'Use <think>x</think>.', 'Use <think>x</think>.', ''],
    ['that are others', '<thinker>x', '<thinker>x', ''],
    ['that are only begun', ' <thi', ' <thi', ''],
  ])('%s', async (_name, content, text, reasoning) => {
    const end = [c({}, 'stop'), done];

    expect(await said(...chunks(content), ...end)).toMatchObject({ text, reasoning, finishReason: 'stop' });
    expect(await said(c({ content }, null), ...end)).toMatchObject({ text, reasoning });
  });

  test('stay in the text if the setting says so', async () => {
    provider.respond(body(`${c({ content: '<think>Hm</think>Yes' }, 'stop')}${done}`));

    expect(await hear(undefined, { thinkTags: false })).toMatchObject({ text: '<think>Hm</think>Yes', reasoning: '' });
  });
});

describe('the end', () => {
  test('is not final while text follows within the grace period', async () => {
    provider.respond(async (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const word of ['Hello', ' world', ' 再见']) {
        response.write(c({ content: word }, 'stop'));
        await new Promise((resolve) => setTimeout(resolve, 600));
      }
    });

    const timings = { stallMs: 5_000, endGraceMs: 1_100 }; // less than all pauses together

    expect(await hear(undefined, { timings })).toMatchObject({ text: 'Hello world 再见', finishReason: 'stop' });
  });

  test('has the last finish reason of several', async () => {
    expect(await said(c({ content: 'a' }, 'stop'), c({ content: 'b' }, 'length'), done)).toMatchObject({
      text: 'ab',
      finishReason: 'length',
    });
  });

  test.each([
    [
      'stop',
      [
        'stop',
        'eos',
        'eos_token',
        'EOS',
        'end_turn',
        'END-TURN',
        'stop_sequence',
        'tool_calls',
        'toolUse',
        'STOP',
        'COMPLETE',
        'some_new_word',
      ],
    ],
    [
      'length',
      [
        'length',
        'max_tokens',
        'MAX_TOKENS',
        'maxTokens',
        'model_context_window_exceeded',
        'model_length',
        'Max Output Tokens',
      ],
    ],
    [
      'content-filter',
      [
        'content_filter',
        'content_filter: PROHIBITED_CONTENT',
        'content-filter',
        'sensitive',
        'refusal',
        'SAFETY',
        'RECITATION',
        'ContentFilter',
      ],
    ],
  ])('is %s for each of its spellings', async (finishReason, words) => {
    for (const word of words) {
      expect([word, await said(c({ content: 'Hi' }, null), c({}, word), done)]).toMatchObject([
        word,
        { text: 'Hi', finishReason },
      ]);
    }
  });

  test.each(['insufficient_system_resource', 'abort', 'ABORTED', 'error', 'network_error', 'cancelled', 'timeout'])(
    'is a failure with its text where the provider gave up: %s',
    async (word) => {
      const heard = await said(c({ content: 'Half 一半' }, null), c({}, word), done);

      expect(heard.text).toBe('Half 一半');
      expect(heard.code).toMatch(/^provider-(unavailable|timeout)$/);
    },
  );
});

describe('a failure with status 200', () => {
  const hi = c({ content: 'Hi' }, null);

  test.each([
    [
      'a line `error:` (llama.cpp)',
      [
        hi,
        'error: {"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error"}\n\n',
      ],
      'context-too-long',
    ],
    [
      'an error within a choice (OpenRouter)',
      [hi, c({ content: '' }, 'error', { error: { code: 502, message: 'Upstream failed' } }), done],
      'provider-unavailable',
    ],
    [
      'a rate limit within a choice',
      [hi, c({}, null, { error: { code: 429, message: 'Rate limit exceeded' } }), done],
      'provider-rate-limited',
    ],
    [
      '`base_resp` (MiniMax)',
      [data({ choices: null, base_resp: { status_code: 1002, status_msg: 'rate limit' } })],
      'provider-rate-limited',
    ],
    [
      '`base_resp` for a prompt (MiniMax)',
      [data({ base_resp: { status_code: 1026, status_msg: 'input new_sensitive' } }), done],
      'prompt-refused',
    ],
    [
      'an error beside the choices',
      [hi, data({ error: { message: 'Rate limit reached', type: 'tokens' }, choices: [] }), done],
      'provider-rate-limited',
    ],
    ['an error that is a text', [hi, data({ error: 'rate limit reached' })], 'provider-rate-limited'],
    [
      'a text after a finish reason in every chunk',
      [c({ content: 'Hi' }, 'stop'), data({ error: { message: 'rate limit' } })],
      'provider-rate-limited',
    ],
    ['[DONE] after heartbeats', [': ping\n\n', data({ choices: [] }), done], 'provider-bad-response'],
    ['[DONE] after empty deltas', [c({ role: 'assistant', content: '' }, null), done], 'provider-bad-response'],
  ])('%s', async (_name, pieces, code) => {
    const heard = await said(...pieces);

    expect(heard).toMatchObject({ code });
    expect(heard.text).toBe(pieces[0]?.includes('Hi') ? 'Hi' : '');
  });

  test.each([
    [
      'a rate limit',
      { error: { message: 'Rate limit reached for requests', code: 'rate_limit_exceeded' } },
      'provider-rate-limited',
    ],
    ['a key', { error: 'Invalid API key' }, 'provider-auth'],
    [
      'its own form',
      { code: 'DataInspectionFailed', message: 'Input data may contain inappropriate content.' },
      'prompt-refused',
    ],
    [
      'a list of errors (Cloudflare)',
      { success: false, errors: [{ code: 10000, message: 'Authentication error' }], result: null },
      'provider-auth',
    ],
    ['words of no list', { error: { message: 'Oh no' } }, 'provider-bad-response'],
  ])('JSON instead of a stream: %s', async (_name, json, code) => {
    provider.respond(body(JSON.stringify(json, null, 2), 'application/json'));

    expect(await hear()).toMatchObject({ text: '', code });
  });
});

describe('usage', () => {
  const usage = (value: unknown) => said(c({ content: 'Hi' }, 'stop'), data({ choices: [], usage: value }), done);
  const tokens = (prompt_tokens: unknown, completion_tokens: unknown) => ({ prompt_tokens, completion_tokens });

  test.each([
    ['a fraction is rounded up', tokens(9.5, 1), { promptTokens: 10, completionTokens: 1 }],
    [
      'a large number is one',
      tokens(3_000_000_000, 9_000_000_000),
      { promptTokens: 3_000_000_000, completionTokens: 9_000_000_000 },
    ],
    ['zero counts', tokens(0, -0), { promptTokens: 0, completionTokens: 0 }],
    ['a negative number is ignored', tokens(9, -35), undefined],
    ['a text is ignored', tokens('9', 1), undefined],
    ['null is ignored', tokens(null, 1), undefined],
    ['more than a reply can have is ignored', tokens(Number.MAX_SAFE_INTEGER, 1), undefined],
    ['more than can be counted is ignored', tokens(1e300, 1), undefined],
    ['no object is ignored', 7, undefined],
  ])('%s', async (_name, given, expected) => {
    const heard = await usage(given);

    expect(heard).toMatchObject({ text: 'Hi', finishReason: 'stop' });
    expect(heard.usage).toEqual(expected);
  });

  test('is also read from the choice (Kimi) and from x_groq', async () => {
    const counted = { promptTokens: 9, completionTokens: 2 };

    expect(await said(c({ content: 'Hi' }, 'stop', { usage: tokens(9, 2) }), done)).toMatchObject({ usage: counted });
    const groq = data({ choices: [{ delta: {}, finish_reason: 'stop' }], x_groq: { usage: tokens(9, 2) } });
    expect(await said(c({ content: 'Hi' }, null), groq, done)).toMatchObject({ usage: counted });
  });

  test('that is valid is not replaced by an invalid one', async () => {
    const chunk = data({ choices: [], usage: tokens(9, 2) });

    const heard = await said(c({ content: 'Hi' }, 'stop'), chunk, data({ choices: [], usage: tokens(-1, 2) }), done);

    expect(heard.usage).toEqual({ promptTokens: 9, completionTokens: 2 });
  });
});

describe('a body', () => {
  const stream = `${c({ content: 'Hi 你好' }, null)}${c({}, 'stop')}${done}`;
  const whole = {
    object: 'chat.completion',
    choices: [
      { index: 0, message: { role: 'assistant', content: 'Hi 你好', reasoning_content: 'hm' }, finish_reason: 'stop' },
    ],
    usage: { prompt_tokens: 9, completion_tokens: 2 },
  };
  const lines = [
    { choices: [{ delta: { content: 'Hi' } }] },
    { choices: [{ delta: { content: ' 你好' }, finish_reason: 'stop' }] },
  ].map((line) => `${JSON.stringify(line)}\n`);
  const ollama = [
    { message: { role: 'assistant', content: 'Hi' }, done: false },
    { message: { role: 'assistant', content: ' 你好' }, done: false },
    {
      message: { role: 'assistant', content: '' },
      done: true,
      done_reason: 'length',
      prompt_eval_count: 9,
      eval_count: 2,
    },
  ].map((line) => `${JSON.stringify(line)}\r\n`);

  test.each([
    ['SSE as text/plain', stream, 'text/plain; charset=utf-8', {}],
    ['SSE without a content type', stream, '', {}],
    ['SSE as JSON', stream, 'application/json', {}],
    [
      'a whole completion',
      JSON.stringify(whole),
      'application/json',
      { reasoning: 'hm', usage: { promptTokens: 9, completionTokens: 2 } },
    ],
    [
      'a whole completion over many lines',
      JSON.stringify(whole, null, 2),
      'application/json; charset=utf-8',
      { reasoning: 'hm' },
    ],
    ['a whole completion that calls itself a stream', JSON.stringify(whole), 'text/event-stream', { reasoning: 'hm' }],
    ['NDJSON', lines.join(''), 'application/x-ndjson', {}],
    [
      'NDJSON of Ollama',
      ollama.join(''),
      'application/x-ndjson',
      { finishReason: 'length', usage: { promptTokens: 9, completionTokens: 2 } },
    ],
  ])('%s is read', async (_name, text, contentType, more) => {
    provider.respond(body(text, contentType));

    expect(await hear()).toMatchObject({ text: 'Hi 你好', finishReason: 'stop', ...more });
  });

  test('of MiniMax, whose last chunk repeats the whole reply, is read once', async () => {
    const last = data({ ...whole, base_resp: { status_code: 0, status_msg: '' } });

    expect(await said(c({ content: 'Hi' }, null), c({ content: ' 你好' }, null), last)).toMatchObject({
      text: 'Hi 你好',
      finishReason: 'stop',
    });
  });
});

describe('a conversation', () => {
  const sent = () => provider.requests.at(-1)?.body as { messages: unknown } | undefined;

  test('alternates between user and assistant, also after failed replies', async () => {
    provider.respond(providerScripts.reply(['Hi']));

    await hear(
      [
        { role: 'user', content: 'One 一' },
        { role: 'user', content: 'Two' },
        { role: 'assistant', content: 'Answer' },
        { role: 'user', content: '' },
        { role: 'assistant', content: 'more' },
        { role: 'user', content: 'Three' },
      ],
      { systemPrompt: 'Be brief.' },
    );

    expect(sent()?.messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'One 一\n\nTwo' },
      { role: 'assistant', content: 'Answer\n\nmore' },
      { role: 'user', content: 'Three' },
    ]);
  });
});

describe('a parameter that a model rejects by name', () => {
  interface SentRequest {
    readonly messages: { role: string; content: string }[];
    readonly [name: string]: unknown;
  }
  const reply = providerScripts.reply(['Hi']);
  /** Rejects requests that contain `name`. */
  const rejecting =
    (isRejected: (sent: SentRequest) => boolean, message: string, status = 400): ProviderScript =>
    (request, response) =>
      (isRejected(request.body as SentRequest)
        ? providerScripts.status(status, { error: { message, type: 'invalid_request_error', param: null } })
        : reply)(request, response);
  const settings = { maxTokens: 50, systemPrompt: 'Be brief.' };

  test.each([
    [
      'max_tokens',
      (sent: SentRequest) => 'max_tokens' in sent,
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      { max_completion_tokens: 50 },
    ],
    [
      'temperature',
      (sent: SentRequest) => 'temperature' in sent,
      "Unsupported value: 'temperature' does not support 0.5 with this model. Only the default (1) value is supported.",
      { max_tokens: 50 },
    ],
    [
      'stream_options',
      (sent: SentRequest) => 'stream_options' in sent,
      'Extra inputs are not permitted: stream_options',
      { temperature: 0.5 },
    ],
    [
      'the system role',
      (sent: SentRequest) => sent.messages[0]?.role === 'system',
      'System role not supported',
      { messages: [{ role: 'user', content: 'Be brief.\n\nHello?' }] },
    ],
  ])('%s is left out of the next request, and of all that follow', async (_name, isRejected, message, expected) => {
    provider.respond(rejecting(isRejected, message, 422));
    const service = serviceWith(settings);
    const streamReply = async () => {
      let text = '';
      const events = service.streamEvents([{ role: 'user', content: 'Hello?' }], 'user-1', { temperature: 0.5 });
      for await (const event of events) if (event.type === 'text') text += event.text;
      return text;
    };
    const before = provider.requests.length;

    expect([await streamReply(), await streamReply()]).toEqual(['Hi', 'Hi']);

    expect(provider.requests.length - before).toBe(3);
    expect(provider.requests.at(-1)?.body).toMatchObject(expected);
  });

  test('that is rejected again ends the reply with an error', async () => {
    provider.respond(rejecting(() => true, 'temperature is not supported'));
    const before = provider.requests.length;

    expect(await hear(undefined, {}, { temperature: 0.5 })).toMatchObject({ code: 'provider-refused' });
    expect(provider.requests.length - before).toBe(2);
  });

  test.each([
    ['openai/gpt-5.4', 'max_completion_tokens'],
    ['prod-gpt5', 'max_completion_tokens'],
    ['ft:o4-mini-2025:acme', 'max_completion_tokens'],
    ['o3', 'max_completion_tokens'],
    ['gpt-oss-120b', 'max_tokens'],
    ['gpt-4o', 'max_tokens'],
    ['qwen2.5', 'max_tokens'],
  ])('is chosen by the name of the model before any rejection: %s', async (model, parameter) => {
    provider.respond(reply);

    await hear(undefined, { model, maxTokens: 50 });

    expect(provider.requests.at(-1)?.body).toMatchObject({ [parameter]: 50 });
  });
});

describe('advanced settings', () => {
  test('add headers and fields of the body', async () => {
    provider.respond(providerScripts.reply(['Hi']));

    await hear(undefined, {
      headers: { 'api-key': 'x', Authorization: 'Other y' },
      extraBody: { top_p: 0.5, user: 'u' },
    });

    expect(provider.requests.at(-1)?.headers).toMatchObject({ 'api-key': 'x', authorization: 'Other y' });
    expect(provider.requests.at(-1)?.body).toMatchObject({ top_p: 0.5, user: 'u', stream: true });
  });

  test('a proxy is used, except for the hosts of NO_PROXY', async () => {
    provider.respond(providerScripts.reply(['Hi']));
    const proxy = { HTTP_PROXY: new URL(provider.url).origin };

    expect(await hear(undefined, { apiUrl: 'http://model.example/v1', proxyEnv: proxy })).toMatchObject({ text: 'Hi' });
    expect(provider.requests.at(-1)?.path).toBe('http://model.example/v1/chat/completions');
    await hear(undefined, { proxyEnv: { HTTP_PROXY: 'http://127.0.0.1:1', NO_PROXY: '127.0.0.1' } });
    expect(provider.requests.at(-1)?.path).toBe('/v1/chat/completions');
  });

  test('the password of a proxy is in no error, in any form', async () => {
    const { host } = new URL(provider.url);
    const basic = Buffer.from('me:p@ss-of-the-proxy').toString('base64');
    provider.respond(providerScripts.status(407, { error: `${basic}, p%40ss-of-the-proxy, p@ss-of-the-proxy` }));

    const proxyEnv = { http_proxy: `http://me:p%40ss-of-the-proxy@${host}` };
    const { log } = await hear(undefined, { apiUrl: 'http://model.example/v1', proxyEnv });

    expect(provider.requests.at(-1)?.headers['proxy-authorization']).toBe(`Basic ${basic}`);
    expect(log).toContain('407');
    expect(log).not.toMatch(/ss-of-the|proxy/);
    expect(log).not.toContain(basic.slice(0, 20));
  });

  test('no other variable of the environment is sent', async () => {
    provider.respond(providerScripts.reply(['Hi']));
    process.env.OPENAI_CUSTOM_HEADERS = 'x-leak: yes';
    process.env.OPENAI_ORG_ID = 'org-leak';

    const heard = await hear().finally(() => {
      delete process.env.OPENAI_CUSTOM_HEADERS;
      delete process.env.OPENAI_ORG_ID;
    });

    expect(heard.text).toBe('Hi');
    expect(JSON.stringify(provider.requests.at(-1)?.headers)).not.toContain('leak');
  });
});

describe('a redirect', () => {
  const elsewhere =
    (location: string): ProviderScript =>
    (request, response) =>
      (request.path.startsWith('/v1/') ? providerScripts.status(307, '', { location }) : providerScripts.reply(['Hi']))(
        request,
        response,
      );

  test('on the same host is followed', async () => {
    provider.respond(elsewhere('/v2/chat/completions'));

    expect(await hear()).toMatchObject({ text: 'Hi' });
    expect(provider.requests.at(-1)).toMatchObject({
      method: 'POST',
      path: '/v2/chat/completions',
      body: { stream: true },
    });
  });

  test('to another host is not followed', async () => {
    const other = await startProvider();
    provider.respond(elsewhere(`${other.url}/chat/completions`));

    expect(await hear()).toMatchObject({ code: 'provider-refused' });
    expect(other.requests).toEqual([]);
    await other.stop();
  });

  test('that leads back to itself ends with an error', async () => {
    provider.respond(providerScripts.status(307, '', { location: '/v1/chat/completions' }));

    expect(await hear()).toMatchObject({ code: 'provider-refused' });
  });
});

describe('a pause that the provider requests', () => {
  const busy = (headers: Record<string, string>) =>
    providerScripts.status(429, { error: { message: 'Busy' } }, headers);

  test.each([
    ['in milliseconds', () => ({ 'retry-after-ms': '90000' })],
    ['in seconds', () => ({ 'retry-after': '90' })],
    ['as a date', () => ({ 'retry-after': new Date(Date.now() + 90_000).toUTCString() })],
  ])('%s is not waited for if it is too long', async (_name, headers) => {
    provider.respond(busy(headers()));
    const before = provider.requests.length;

    const heard = await hear();

    expect(heard).toMatchObject({ code: 'provider-rate-limited' });
    expect(heard.retryAfter).toBeGreaterThan(60);
    expect(heard.retryAfter).toBeLessThanOrEqual(90);
    expect(provider.requests.length - before).toBe(1);
  });
});
