// Several providers: which one a request is sent to, and what happens when it fails.
import { Logger } from '@nestjs/common';
import { type Provider, providerScripts, startProvider } from '@sillage/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { AiService } from './ai.service.ts';
import type { AiOptions } from './ai-options.ts';

let north: Provider;
let south: Provider;
let service: AiService | undefined;
const lines: string[] = [];

beforeAll(async () => {
  [north, south] = await Promise.all([startProvider(), startProvider()]);
});
afterAll(() => Promise.all([north.stop(), south.stop()]));
beforeEach(() => {
  lines.length = 0;
  for (const level of ['log', 'warn'] as const) {
    vi.spyOn(Logger.prototype, level).mockImplementation((line) => void lines.push(`${level}: ${line}`));
  }
});
afterEach(() => {
  service?.onApplicationShutdown();
  vi.restoreAllMocks();
});

const keys = { north: 'sk-north-0123456789abcdef', south: 'sk-south-0123456789abcdef' };

async function hear(model: string | undefined, options: Partial<AiOptions> = {}, provider?: string) {
  service = new AiService({
    enabled: true,
    apiKey: undefined,
    apiUrl: north.url,
    model: 'both',
    models: ['both', 'northern', 'southern'],
    systemPrompt: undefined,
    maxTokens: undefined,
    hashUserId: false,
    timings: { stallMs: 2_000, endGraceMs: 300 },
    providers: [
      { name: 'north', apiUrl: north.url, apiKey: keys.north, models: ['both', 'northern'] },
      { name: 'south', apiUrl: south.url, apiKey: keys.south, models: ['both', 'southern'], headers: { 'x-own': 's' } },
    ],
    ...options,
  });
  const heard = { text: '', repliedBy: undefined as string | undefined, code: undefined as string | undefined };
  const onProvider = (name: string) => {
    heard.repliedBy = name;
  };
  try {
    const messages = [{ role: 'user' as const, content: 'Hello? 你好' }];
    for await (const event of service.streamEvents(messages, 'user-1', {
      ...(model && { model }),
      provider,
      onProvider,
    })) {
      if (event.type === 'text') heard.text += event.text;
    }
  } catch (error) {
    heard.code = (error as { code: string }).code;
  }
  return heard;
}

const { reply, status, errorAfter, resetAfter, hangUp } = providerScripts;

test.each([
  ['northern', 'north'],
  ['southern', 'south'],
  ['both', 'north'],
  [undefined, 'north'],
])('a request for the model %s is sent to the first provider that has it, with its own key', async (model, name) => {
  north.respond(reply(['north 北']));
  south.respond(reply(['south 南']));
  const chosen = name === 'north' ? north : south;

  const heard = await hear(model);

  expect(heard).toEqual({ text: name === 'north' ? 'north 北' : 'south 南', repliedBy: name, code: undefined });
  const { headers, body } = chosen.requests.at(-1) ?? {};
  expect(headers?.authorization).toBe(`Bearer ${keys[name as 'north' | 'south']}`);
  expect(headers?.['x-own']).toBe(name === 'south' ? 's' : undefined);
  expect(body).toMatchObject({ model: model ?? 'both' });
});

test('a named provider is the only one that is tried, for any model', async () => {
  north.respond(reply(['north 北']));
  south.respond(status(500, { error: { message: 'Oh no' } }));

  const failed = await hear('both', { fallback: true }, 'south');
  south.respond(reply(['south 南']));
  const heard = await hear('northern', {}, 'south');
  const unknown = await hear('both', {}, 'west');

  expect(failed.code).toBe('provider-unavailable');
  expect(heard).toEqual({ text: 'south 南', repliedBy: 'south', code: undefined });
  expect(unknown).toEqual({ text: '', repliedBy: undefined, code: 'internal' });
});

describe('a provider that fails before its first token', () => {
  const failures = [
    ['with a status', status(500, { error: { message: 'Oh no' } }), 'provider-unavailable'],
    ['with a rejected key', status(401, { error: { message: `Incorrect API key: ${keys.north}` } }), 'provider-auth'],
    [
      'with a rate limit',
      status(429, { error: { message: 'Busy' } }, { 'retry-after': '90' }),
      'provider-rate-limited',
    ],
    ['with an error in its stream', errorAfter([], { message: 'Oh no' }), 'provider-unavailable'],
    ['with a lost connection', hangUp(), 'provider-unavailable'],
    ['with a model that is gone', status(404, { error: { code: 'model_not_found' } }), 'provider-refused'],
  ] as const;

  test.each(failures)('%s is replaced by the next one that has the model, with fallback', async (_name, failure) => {
    north.respond(failure);
    south.respond(reply(['south 南']));

    const heard = await hear('both', { fallback: true });

    expect(heard).toEqual({ text: 'south 南', repliedBy: 'south', code: undefined });
    expect(lines.filter((line) => line.includes('first token'))).toHaveLength(1);
    expect(lines.join('\n')).toMatch(/warn: north failed before its first token, trying south: provider-.*\[both\]/);
    expect(lines.join('\n')).toContain('log: south replies instead of north [both]');
    expect(lines.join('\n')).not.toContain(keys.north);
  });

  test.each(failures)('%s fails the reply without fallback', async (_name, failure, code) => {
    north.respond(failure);
    const before = south.requests.length;

    expect(await hear('both')).toMatchObject({ text: '', code });
    expect(south.requests).toHaveLength(before);
  });

  test('fails the reply if no other one has the model', async () => {
    north.respond(status(500, {}));
    const before = south.requests.length;

    expect(await hear('northern', { fallback: true })).toMatchObject({ code: 'provider-unavailable' });
    expect(south.requests).toHaveLength(before);
  });

  test('fails the reply with the failure of the last one', async () => {
    north.respond(status(500, {}));
    south.respond(status(401, {}));

    expect(await hear('both', { fallback: true })).toMatchObject({ code: 'provider-auth', repliedBy: undefined });
  });
});

test.each([
  ['the prompt', status(400, { error: { code: 'content_filter' } }), 'prompt-refused'],
  ['the length', status(400, { error: { code: 'context_length_exceeded' } }), 'context-too-long'],
])('a provider that refuses %s is not replaced', async (_name, failure, code) => {
  north.respond(failure);
  const before = south.requests.length;

  expect(await hear('both', { fallback: true })).toMatchObject({ code });
  expect(south.requests).toHaveLength(before);
});

test.each([
  ['an error', errorAfter(['Half 一半'], { message: 'Oh no' })],
  ['a lost connection', resetAfter(['Half 一半'])],
])('a provider that fails after its first token, by %s, is not replaced', async (_name, failure) => {
  north.respond(failure);
  const before = south.requests.length;

  const heard = await hear('both', { fallback: true });

  expect(heard).toMatchObject({ text: 'Half 一半', repliedBy: 'north', code: expect.stringMatching(/^provider-/) });
  expect(south.requests).toHaveLength(before);
});
