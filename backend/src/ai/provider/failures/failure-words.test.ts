// Classification of complete provider errors by their wording.
import { growth } from '@sillage/testing';
import { expect, test } from 'vitest';
import { codeOfWords, wordsOfError } from './failure-words.ts';

const openAi = (message: string, more = {}) => ({ error: { message, type: 'invalid_request_error', ...more } });

test.each([
  // context too long
  [
    'OpenAI',
    400,
    openAi("This model's maximum context length is 8192 tokens.", { code: 'context_length_exceeded' }),
    'context-too-long',
  ],
  [
    'OpenAI, one request beyond a limit',
    429,
    openAi(
      'Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 40000. The input or output tokens must be reduced in order to run successfully.',
      { code: 'rate_limit_exceeded' },
    ),
    'context-too-long',
  ],
  [
    'Gemini',
    400,
    [
      {
        error: {
          code: 400,
          message: 'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
          status: 'INVALID_ARGUMENT',
        },
      },
    ],
    'context-too-long',
  ],
  [
    'xAI',
    400,
    {
      code: 'Client specified an invalid argument',
      error: "This model's maximum prompt length is 131072 but the request contains 200000 tokens.",
    },
    'context-too-long',
  ],
  ['Kimi', 400, openAi('Invalid request: Your request exceeded model token limit: 8192'), 'context-too-long'],
  [
    'Groq',
    413,
    openAi(
      'Request too large for model `llama` on tokens per minute (TPM): Limit 6000, Requested 9000, please reduce your message size and try again.',
      { code: 'rate_limit_exceeded' },
    ),
    'context-too-long',
  ],
  [
    'vLLM',
    400,
    {
      object: 'error',
      message: 'The decoder prompt (length 5000) is longer than the maximum model length of 4096.',
      type: 'BadRequestError',
      code: 400,
    },
    'context-too-long',
  ],
  ['Bedrock', 400, { message: 'Input is too long for requested model.' }, 'context-too-long'],
  [
    'GitHub Copilot',
    400,
    {
      error: {
        message: 'prompt token count of 140000 exceeds the limit of 128000',
        code: 'model_max_prompt_tokens_exceeded',
      },
    },
    'context-too-long',
  ],
  [
    'Anthropic',
    413,
    { type: 'error', error: { type: 'request_too_large', message: 'Request exceeds the maximum size' } },
    'context-too-long',
  ],
  [
    'Anthropic, by words',
    400,
    {
      type: 'error',
      error: { type: 'invalid_request_error', message: 'prompt is too long: 210000 tokens > 200000 maximum' },
    },
    'context-too-long',
  ],
  [
    'llama.cpp',
    500,
    {
      error: {
        code: 500,
        message: 'the request exceeds the available context size',
        type: 'exceed_context_size_error',
      },
    },
    'context-too-long',
  ],
  ['Qwen', 400, openAi('Range of input length should be [1, 30720]'), 'context-too-long'],
  ['LiteLLM', 400, openAi('litellm.ContextWindowExceededError: too many'), 'context-too-long'],
  ['a gateway', 413, '<html>413 Request Entity Too Large</html>', 'context-too-long'],
  [
    'Gemini, payload',
    400,
    { error: { message: 'Request payload size exceeds the limit: 20971520 bytes.' } },
    'context-too-long',
  ],
  ['Cohere', 400, { message: 'too many tokens: size limit exceeded by 1036 tokens.' }, 'context-too-long'],
  [
    'Mistral',
    400,
    {
      message: 'Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length',
    },
    'context-too-long',
  ],
  [
    'Anthropic, with the reply',
    400,
    { error: { message: 'input length and `max_tokens` exceed context limit: 199000 + 21333 > 200000' } },
    'context-too-long',
  ],
  // content filtered
  [
    'OpenRouter',
    403,
    {
      error: {
        code: 403,
        message: 'Your chosen model requires moderation and your input was flagged',
        metadata: { reasons: ['sexual'], flagged_input: 'x' },
      },
    },
    'prompt-refused',
  ],
  [
    'xAI, safety',
    403,
    {
      code: 'The caller does not have permission to execute the specified operation',
      error: 'Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_BIO',
    },
    'prompt-refused',
  ],
  ['DeepSeek', 400, openAi('Content Exists Risk'), 'prompt-refused'],
  [
    'OpenAI, invalid_prompt',
    400,
    openAi('Invalid prompt: your prompt was flagged as potentially violating our usage policy.', {
      code: 'invalid_prompt',
    }),
    'prompt-refused',
  ],
  [
    'Qwen, inspection',
    400,
    { code: 'data_inspection_failed', message: 'Input data may contain inappropriate content.' },
    'prompt-refused',
  ],
  [
    'Azure',
    400,
    {
      error: {
        code: 'content_filter',
        message: "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
        innererror: { code: 'ResponsibleAIPolicyViolation' },
      },
    },
    'prompt-refused',
  ],
  [
    'Kimi, risk',
    400,
    { error: { message: 'The request was rejected because it was considered high risk', type: 'content_filter' } },
    'prompt-refused',
  ],
  [
    'Cloudflare AI Gateway',
    424,
    { error: [{ code: 2016, message: 'Prompt blocked due to security configurations' }] },
    'prompt-refused',
  ],
  [
    'Z.AI',
    400,
    {
      error: {
        code: '1301',
        message: 'System detected potentially unsafe or sensitive content in input or generation.',
      },
    },
    'prompt-refused',
  ],
  // rate limited
  [
    'Gemini, quota',
    429,
    { error: { code: 429, status: 'RESOURCE_EXHAUSTED', message: 'Quota exceeded' } },
    'provider-rate-limited',
  ],
  [
    'Bedrock, throttling',
    400,
    { __type: 'ThrottlingException', message: 'Too many tokens, please wait before trying again.' },
    'provider-rate-limited',
  ],
  ['a rate limit without its status', 400, openAi('Rate limit exceeded, try later'), 'provider-rate-limited'],
  ['MiniMax', undefined, { status_code: 1002, status_msg: 'rate limit' }, 'provider-rate-limited'],
  ['a status alone', 429, {}, 'provider-rate-limited'],
  [
    'Z.AI, busy',
    400,
    { error: { code: '1302', message: 'High concurrency usage of this API' } },
    'provider-rate-limited',
  ],
  ['OpenRouter, credits', 402, { error: { code: 402, message: 'Insufficient credits' } }, 'provider-rate-limited'],
  [
    'OpenRouter, more credits',
    402,
    { error: { code: 402, message: 'This request requires more credits, or fewer max_tokens.' } },
    'provider-rate-limited',
  ],
  ['DeepSeek, balance', 402, openAi('Insufficient Balance'), 'provider-rate-limited'],
  // authentication
  [
    'Gemini, key',
    400,
    { error: { code: 400, message: 'API key not valid. Please pass a valid API key.', status: 'INVALID_ARGUMENT' } },
    'provider-auth',
  ],
  [
    'xAI, key',
    400,
    { code: 'Client specified an invalid argument', error: 'Incorrect API key provided: sk***' },
    'provider-auth',
  ],
  ['a permission', 403, openAi('You do not have access to this model'), 'provider-auth'],
  // other errors
  [
    'a model that is not there',
    404,
    openAi('The model `x` does not exist', { code: 'model_not_found' }),
    'provider-refused',
  ],
  ['a parameter', 400, openAi("Unsupported parameter: 'safety_identifier'"), 'provider-refused'],
  [
    'Anthropic, overloaded',
    529,
    { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
    'provider-unavailable',
  ],
  ['a gateway that waited', 504, 'upstream request timeout', 'provider-unavailable'],
  ['an error without a word', undefined, {}, 'provider-unavailable'],
  [
    'an error that is deep',
    400,
    { a: { b: { c: { d: { e: { f: { g: { message: 'rate limit' } } } } } } } },
    'provider-refused',
  ],
])('%s, %s', (_name, status, said, code) => {
  expect(codeOfWords(wordsOfError(said, status))).toBe(code);
});

test.each(['exceed ', 'too many tokens ', 'quota', '[', 'input token count ', 'aB'])(
  'a megabyte of %j is classified as fast as 100 kB',
  (pump) => {
    const [short = '', long = ''] = [100_000, 1_000_000].map((length) => pump.repeat(length / pump.length));
    const classify = (message: string) => codeOfWords(wordsOfError({ error: { message } }, 400));

    expect(growth(classify, { short, long })).toBeLessThan(3);
  },
);
