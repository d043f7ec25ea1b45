// The setting `ai_providers`: what it accepts, and the error for what it does not.
import { describe, expect, test } from 'vitest';
import { ConfigError, readConfig } from './config.ts';

const openai = { name: 'openai', url: 'https://api.openai.com', key: 'OPENAI_API_KEY', models: ['gpt-4o', 'gpt-4o'] };
const local = { name: 'local', url: 'http://localhost:8000/v1/chat/completions', models: ['qwen3', 'gpt-4o'] };
const key = 'sk-0123456789abcdef';

function read(providers: unknown, environment: Record<string, string> = {}) {
  const text = typeof providers === 'string' ? providers : JSON.stringify(providers);
  return readConfig({ ai_providers: text, OPENAI_API_KEY: key, ...environment }).ai;
}

function errorOf(providers: unknown, environment: Record<string, string> = {}): string {
  try {
    read(providers, environment);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  return 'accepted';
}

test('providers have their base URL, their models, and the key that they name', () => {
  const { providers, model, models, fallback } = read([openai, local]);

  expect(providers).toEqual([
    { name: 'openai', apiUrl: 'https://api.openai.com/v1', apiKey: key, models: ['gpt-4o'] },
    { name: 'local', apiUrl: 'http://localhost:8000/v1', apiKey: undefined, models: ['qwen3', 'gpt-4o'] },
  ]);
  expect({ model, models, fallback }).toEqual({ model: 'gpt-4o', models: ['gpt-4o', 'qwen3'], fallback: false });
});

test('a key may stand in the list itself', () => {
  for (const own of [key, 'EMPTY', 'abc_DEF']) {
    expect(read([{ ...openai, key: own }]).providers?.[0]?.apiKey).toBe(own);
  }
});

test('the default model and the allowed ones can be set', () => {
  const { model, models } = read([openai, local], { ai_model: 'qwen3', ai_models: 'qwen3', ai_fallback: 'true' });

  expect({ model, models }).toEqual({ model: 'qwen3', models: ['qwen3'] });
});

describe('an error', () => {
  test.each([
    ['no JSON', '[{', 'ai_providers must be a JSON list such as'],
    ['no list', '{}', 'ai_providers must be a JSON list such as'],
    ['an empty list', '[]', 'ai_providers must be a JSON list such as'],
    ['a provider without a name', [{ ...openai, name: undefined }], '[0].name'],
    ['a bad URL', [openai, { ...local, url: 'ftp://x' }], '[1].url must be a URL that begins with http:// or https://'],
    ['no models', [{ ...openai, models: [] }], '[0].models must name at least one model'],
    ['an empty model', [{ ...openai, models: ['a', ''] }], '[0].models[1] must not be empty'],
    ['models that are no list', [{ ...openai, models: 'a' }], '[0].models'],
    ['a field that is unknown', [{ ...openai, modles: ['a'] }], 'modles'],
    ['a header that is none', [{ ...openai, headers: { 'x-a': 'a\nb' } }], '[0].headers.x-a'],
    ['two of one name', [openai, openai], 'ai_providers must not name two providers openai'],
    ['a variable that is not set', [{ ...openai, key: 'NO_SUCH_KEY' }], 'are not set: NO_SUCH_KEY'],
  ])('names %s', (_name, providers, message) => {
    expect(errorOf(providers)).toContain(message);
  });

  test.each([
    ['ai_api_url', 'https://x.example.com', 'ai_providers and ai_api_url exclude each other'],
    ['ai_api_key', 'sk-x', 'ai_providers and ai_api_key exclude each other'],
    ['ai_headers', 'a: b', 'ai_providers and ai_headers exclude each other'],
    ['ai_model', 'other', 'ai_providers has no provider with the model other'],
    ['ai_models', 'qwen3,other', 'ai_providers has no provider with the model other'],
  ])('names %s', (setting, value, message) => {
    expect(errorOf([openai, local], { [setting]: value })).toContain(message);
  });

  test('never contains a key', () => {
    for (const broken of [{ name: '' }, { url: 'x' }, { models: [] }, { extra: key }, { key: `${key} ${key}` }]) {
      expect(errorOf([{ ...openai, key, ...broken }])).not.toMatch(/sk-0123|accepted/);
    }
    expect(errorOf(`[{"key":"${key}"`)).not.toContain(key);
  });
});
