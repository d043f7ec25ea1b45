// Every setting: its default, its valid values, and the error for an invalid one.
import { describe, expect, test } from 'vitest';
import { defaultTimings } from '../timings.ts';
import { type Config, ConfigError, readConfig } from './config.ts';

const secret = 'a secret of thirty-two characters';
const provider = { JWT_JWKS_URL: 'https://id.example.com/keys', JWT_ISSUER: 'issuer', JWT_AUDIENCE: 'audience' };
const withKey = { ai_api_key: 'sk-key' };

function errorOf(environment: Record<string, string>): string {
  try {
    readConfig(environment);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  return 'accepted';
}

describe('without any setting', () => {
  const config = readConfig({});

  test.each<[string, unknown, (config: Config) => unknown]>([
    ['AI is enabled', true, ({ ai }) => ai.enabled],
    ['the demo model is used', undefined, ({ ai }) => ai.apiUrl],
    ['there is no key', undefined, ({ ai }) => ai.apiKey],
    ['there is no system prompt', undefined, ({ ai }) => ai.systemPrompt],
    ['the length of replies is not limited in tokens', undefined, ({ ai }) => ai.maxTokens],
    ['the temperature goes to 1', 1, ({ ai }) => ai.maxTemperature],
    ['the provider gets no user id', false, ({ ai }) => ai.hashUserId],
    ['a reply has at most 8,000,000 units', 8_000_000, ({ ai }) => ai.maxReply],
    ['a user may have 8 concurrent streams', 8, ({ limits }) => limits.streamsPerUser],
    ['a user may start 60 streams a minute', 60, ({ limits }) => limits.startsPerMinute],
    ['a user may send 600 requests a minute', 600, ({ limits }) => limits.requestsPerMinute],
    ['a user may have 100 readers and feeds', 100, ({ limits }) => limits.connectionsPerUser],
    ['a user may have 100 unused tickets', 100, ({ limits }) => limits.ticketsPerUser],
    ['16 large bodies of a user may be received concurrently', 16, ({ limits }) => limits.uploadsPerUser],
    [
      'an address may send 600 requests without a token a minute',
      600,
      ({ limits }) => limits.anonymousRequestsPerMinute,
    ],
    ['1,000 connections may be anonymous', 1_000, ({ limits }) => limits.anonymousConnections],
    ['tokens are not limited', [0, 0], ({ limits }) => [limits.tokensPerDay, limits.organizationTokensPerDay]],
    ['no model has a price', {}, ({ ai }) => ai.prices],
    ['no proxy is trusted', false, ({ trustProxy }) => trustProxy],
    ['the port is 3000', 3000, ({ port }) => port],
    ['only this machine is served', '127.0.0.1', ({ host }) => host],
    ['data is stored in ./data', './data', ({ dataDir }) => dataDir],
    ['the node shares no database', undefined, ({ shared }) => shared],
    ['no other origin may call', [], ({ corsOrigins }) => corsOrigins],
    ['sign-in is local', [undefined, undefined], ({ jwt }) => [jwt.secret, jwt.jwksUrl]],
    ['issuer and audience are not checked', [undefined, undefined], ({ jwt }) => [jwt.issuer, jwt.audience]],
    ['a token must expire', false, ({ jwt }) => jwt.allowsNoExpiry],
    [
      'keys are trusted for a minute, or an hour without their provider',
      { maxAgeMs: 60_000, outageMs: 3_600_000 },
      ({ jwt }) => jwt.keys,
    ],
    ['every duration is its default', defaultTimings, ({ timings }) => timings],
  ])('%s', (_, expected, read) => {
    expect(read(config)).toEqual(expected);
  });

  test('the default durations are as documented', () => {
    expect(defaultTimings).toEqual({
      stallMs: 60_000,
      endGraceMs: 5_000,
      textMs: 600_000,
      maxDurationMs: 3_600_000,
      titleMs: 30_000,
      abandonedMs: 600_000,
      firstReaderMs: 2_000,
      abandonedCheckMs: 500,
      retentionMs: 24 * 3_600_000,
      forgottenMs: 7 * 24 * 3_600_000,
      idempotencyMs: 24 * 3_600_000,
      deletionsMs: 15_000,
      purgePauseMs: 5,
      wordsDropMs: 30_000,
      sweepMs: 60_000,
      clockSettleMs: 3_600_000,
      maxAgeMs: 3_600_000,
      ticketMs: 30_000,
      revocationPollMs: 2_000,
      shutdownGraceMs: 10_000,
      requestMs: 30_000,
      heartbeatMs: 15_000,
      slowReaderMs: 30_000,
      folderLockMs: 5_000,
      commitMs: 5,
      walMs: 20_000,
      storageRetryMs: 500,
      stopIntentMs: 250,
      closeMs: 1_000,
      nodeLeaseMs: 8_000,
      leaseRenewMs: 500,
      pollMs: 1_000,
      idleMs: 2_000,
      redisTimeoutMs: 2_000,
    });
  });
});

describe('the model', () => {
  test('is the default of the specification if there is a key', () => {
    const { ai } = readConfig(withKey);

    expect(ai).toMatchObject({
      apiUrl: 'https://api.openai.com/v1',
      model: 'gpt-3.5-turbo',
      models: ['gpt-3.5-turbo'],
    });
  });

  test('may be at a URL that needs no key', () => {
    const { ai } = readConfig({ ai_api_url: 'http://localhost:11434/v1', ai_model: 'llama3' });

    expect(ai).toMatchObject({ apiUrl: 'http://localhost:11434/v1', apiKey: undefined, model: 'llama3' });
  });

  test.each([
    ['https://api.example.com', 'https://api.example.com/v1'],
    ['http://localhost:11434/', 'http://localhost:11434/v1'],
    ['https://api.example.com/v1/chat/completions', 'https://api.example.com/v1'],
    ['https://api.example.com/chat/completions/', 'https://api.example.com'],
    ['https://api.example.com/v1/', 'https://api.example.com/v1'],
    [
      'https://x.example.com/openai/deployments/d/chat/completions?api-version=1',
      'https://x.example.com/openai/deployments/d?api-version=1',
    ],
  ])('is understood at %s', (given, apiUrl) => {
    expect(readConfig({ ai_api_url: given }).ai.apiUrl).toBe(apiUrl);
  });

  test('gets headers, one a line', () => {
    const { ai } = readConfig({ ...withKey, ai_headers: 'api-key: abc\nX-Title: A: b' });

    expect(ai.headers).toEqual({ 'api-key': 'abc', 'X-Title': 'A: b' });
  });

  test('may be one of a list, which always contains the default', () => {
    const { ai } = readConfig({ ...withKey, ai_model: 'a', ai_models: ' b, a ,,c' });

    expect(ai.models).toEqual(['a', 'b', 'c']);
  });
});

describe('names', () => {
  test('may be in upper case, and lower case wins', () => {
    expect(readConfig({ AI_API_KEY: 'upper' }).ai.apiKey).toBe('upper');
    expect(readConfig({ AI_API_KEY: 'upper', ai_api_key: 'lower' }).ai.apiKey).toBe('lower');
    expect(readConfig({ port: '1', PORT: '2' }).port).toBe(1);
  });

  test('with an empty value are not set', () => {
    expect(readConfig({ ai_api_key: '', AI_MODEL: '  ' }).ai.apiKey).toBeUndefined();
  });
});

test('every setting is read', () => {
  const config = readConfig({
    ai_enabled: 'false',
    ai_api_key: 'sk-key',
    ai_system_prompt: 'Be brief.',
    ai_client_system_prompt: 'false',
    ai_max_tokens: '100',
    ai_max_temperature: '1.5',
    ai_context_window: '4096',
    ai_titles: 'false',
    ai_hash_user_id: 'true',
    ai_max_reply: '9',
    ai_think_tags: 'false',
    ai_headers: '{"HTTP-Referer":"https://app.example.com"}',
    ai_extra_body: '{"top_p":0.9}',
    ai_fallback: 'true',
    HTTPS_PROXY: 'http://proxy.example.com:3128',
    no_proxy: 'localhost',
    ai_stall_timeout: '1',
    ai_text_timeout: '2',
    ai_max_duration: '3',
    ai_abandoned_after: '0',
    stream_retention: '2',
    stream_max_age: '3',
    shutdown_grace: '0',
    max_streams_per_user: '4',
    starts_per_minute: '5',
    tokens_per_day: '12',
    organization_tokens_per_day: '13',
    ai_prices: '{"gpt-3.5-turbo":{"prompt":0.5,"completion":1.5}}',
    requests_per_minute: '6',
    max_connections_per_user: '7',
    max_tickets_per_user: '8',
    max_uploads_per_user: '9',
    max_anonymous_connections: '10',
    anonymous_requests_per_minute: '14',
    JWT_USER_CLAIM: 'uid',
    JWT_ORGANIZATIONS_CLAIM: 'org_id',
    JWT_MAX_LIFETIME: '3600',
    ADMIN_TOKEN: 'a-token-of-the-operator',
    request_timeout: '11',
    trust_proxy: 'loopback, 10.0.0.0/8',
    PORT: '0',
    HOST: '0.0.0.0',
    DATA_DIR: '/somewhere',
    log_level: 'debug',
    METRICS_TOKEN: 'a-token-of-the-metrics',
    metrics_port: '9464',
    DATABASE_URL: 'postgres://sillage@db.example.com/sillage',
    DATABASE_SCHEMA: 'chat',
    REDIS_URL: 'rediss://redis.example.com',
    node_lease: '4',
    JWT_JWKS_URL: 'https://id.example.com/keys',
    JWT_ISSUER: 'issuer',
    JWT_AUDIENCE: 'audience',
    JWT_JWKS_MAX_AGE: '30',
    JWT_JWKS_OUTAGE: '0',
    JWT_ALLOW: 'no-expiry',
    CORS_ORIGINS: 'https://a.example.com, http://localhost:5173',
  });

  expect(config).toEqual({
    ai: {
      enabled: false,
      apiKey: 'sk-key',
      apiUrl: 'https://api.openai.com/v1',
      model: 'gpt-3.5-turbo',
      models: ['gpt-3.5-turbo'],
      systemPrompt: 'Be brief.',
      clientSystemPrompt: false,
      maxTokens: 100,
      maxTemperature: 1.5,
      contextWindow: 4_096,
      titles: false,
      hashUserId: true,
      maxReply: 9,
      thinkTags: false,
      prices: { 'gpt-3.5-turbo': { prompt: 0.5, completion: 1.5 } },
      headers: { 'HTTP-Referer': 'https://app.example.com' },
      extraBody: { top_p: 0.9 },
      providers: undefined,
      fallback: true,
      proxyEnv: { HTTPS_PROXY: 'http://proxy.example.com:3128', no_proxy: 'localhost' },
    },
    limits: {
      streamsPerUser: 4,
      startsPerMinute: 5,
      requestsPerMinute: 6,
      connectionsPerUser: 7,
      ticketsPerUser: 8,
      uploadsPerUser: 9,
      anonymousConnections: 10,
      anonymousRequestsPerMinute: 14,
      tokensPerDay: 12,
      organizationTokensPerDay: 13,
    },
    trustProxy: ['loopback', '10.0.0.0/8'],
    port: 0,
    host: '0.0.0.0',
    dataDir: '/somewhere',
    logLevel: 'debug',
    metrics: { port: 9464, host: '0.0.0.0', token: 'a-token-of-the-metrics' },
    shared: {
      databaseUrl: 'postgres://sillage@db.example.com/sillage',
      redisUrl: 'rediss://redis.example.com',
      schema: 'chat',
    },
    adminToken: 'a-token-of-the-operator',
    jwt: {
      secret: undefined,
      jwksUrl: 'https://id.example.com/keys',
      issuer: 'issuer',
      audience: 'audience',
      allowsNoExpiry: true,
      userClaim: 'uid',
      organizationsClaim: 'org_id',
      maxLifetimeMs: 3_600_000,
      keys: { maxAgeMs: 30_000, outageMs: 0 },
    },
    corsOrigins: ['https://a.example.com', 'http://localhost:5173'],
    timings: {
      ...defaultTimings,
      stallMs: 1_000,
      textMs: 2_000,
      maxDurationMs: 3_000,
      abandonedMs: 0,
      retentionMs: 2_000,
      maxAgeMs: 3_000,
      shutdownGraceMs: 0,
      requestMs: 11_000,
      nodeLeaseMs: 4_000,
      leaseRenewMs: 250,
    },
  });
});

describe('the error for an invalid setting names it and its valid values', () => {
  test.each([
    ['ai_enabled', 'maybe', 'ai_enabled must be true or false'],
    ['ai_api_url', 'ftp://x', 'ai_api_url must be a URL that begins with http:// or https://'],
    ['ai_api_url', 'localhost', 'ai_api_url must be a URL that begins with http:// or https://'],
    ['ai_headers', 'no header', 'ai_headers must be a JSON object of texts, or one "Name: value" a line'],
    ['ai_headers', '{"a":1}', 'ai_headers must be a JSON object of texts, or one "Name: value" a line'],
    ['ai_headers', '{"a":"x\\ny"}', 'ai_headers must be a JSON object of texts, or one "Name: value" a line'],
    ['ai_extra_body', '[1]', 'ai_extra_body must be a JSON object such as {"top_p":0.9}'],
    ['ai_extra_body', '{"stream":false}', 'ai_extra_body may not hold messages or stream'],
    ['ai_max_tokens', '0', 'ai_max_tokens must be a whole number of at least 1'],
    ['ai_max_temperature', '0', 'ai_max_temperature must be a number above 0, up to 2'],
    ['ai_max_temperature', 'hot', 'ai_max_temperature must be a number above 0, up to 2'],
    ['ai_max_reply', '1.5', 'ai_max_reply must be a whole number of at least 1'],
    ['ai_hash_user_id', '2', 'ai_hash_user_id must be true or false'],
    ['ai_stall_timeout', '0', 'ai_stall_timeout must be a whole number from 1 to 2147483'],
    ['ai_abandoned_after', '-1', 'ai_abandoned_after must be a whole number of at least 0'],
    ['stream_retention', 'a day', 'stream_retention must be a whole number of at least 1'],
    ['stream_max_age', '2147484', 'stream_max_age must be a whole number from 1 to 2147483'],
    ['shutdown_grace', '99999999', 'shutdown_grace must be a whole number from 0 to 2147483'],
    ['max_streams_per_user', '0', 'max_streams_per_user must be a whole number of at least 1'],
    ['requests_per_minute', '0', 'requests_per_minute must be a whole number of at least 1'],
    [
      'trust_proxy',
      'my-proxy',
      'trust_proxy must be false, a number of proxies, or their addresses and subnets, separated by commas',
    ],
    [
      'trust_proxy',
      '10.0.0.0/33',
      'trust_proxy must be false, a number of proxies, or their addresses and subnets, separated by commas',
    ],
    ['HTTPS_PROXY', 'proxy.example.com:3128', 'HTTPS_PROXY must be a URL that begins with http:// or https://'],
    ['http_proxy', 'socks5://u:hush@127.0.0.1', 'http_proxy must be a URL that begins with http:// or https://'],
    ['HTTP_PROXY', 'http://u:hush@127.0.0.1:99999', 'HTTP_PROXY must be a URL that begins with http:// or https://'],
    ['starts_per_minute', 'many', 'starts_per_minute must be a whole number of at least 1'],
    ['tokens_per_day', '-1', 'tokens_per_day must be a whole number of at least 0'],
    [
      'ai_prices',
      '{"m":{"prompt":-1,"completion":1}}',
      'ai_prices must be JSON such as {"gpt-4o":{"prompt":2.5,"cached":1.25,"completion":10}}',
    ],
    ['PORT', '65536', 'PORT must be a whole number from 0 to 65535'],
    ['JWT_SECRET', 'short', 'JWT_SECRET must have at least 32 characters'],
    ['JWT_JWKS_URL', 'keys.json', 'JWT_JWKS_URL must be a URL that begins with http:// or https://'],
    ['CORS_ORIGINS', '*', 'CORS_ORIGINS must be exact origins such as https://app.example.com, separated by commas'],
    [
      'CORS_ORIGINS',
      'https://a.example.com/',
      'CORS_ORIGINS must be exact origins such as https://app.example.com, separated by commas',
    ],
    ['DATABASE_URL', 'mysql://x', 'DATABASE_URL must be a URL that begins with postgres:// or postgresql://'],
    ['DATABASE_URL', 'localhost', 'DATABASE_URL must be a URL that begins with postgres:// or postgresql://'],
    [
      'REDIS_URL',
      'localhost:6379',
      'REDIS_URL must be a URL that begins with redis:// or rediss://; several of one cluster, separated by commas',
    ],
    ['node_lease', '0', 'node_lease must be a whole number from 1 to 2147483'],
  ])('%s=%s', (name, value, message) => {
    expect(errorOf({ [name]: value })).toBe(message);
  });

  test('all of them in one error, one line each, without secrets', () => {
    const message = errorOf({ PORT: 'x', JWT_SECRET: 'hush', ai_enabled: '?' });

    expect(message.split('\n').sort()).toEqual([
      'JWT_SECRET must have at least 32 characters',
      'PORT must be a whole number from 0 to 65535',
      'ai_enabled must be true or false',
    ]);
  });
});

describe('local sign-in', () => {
  test.each(['127.0.0.1', '127.1.2.3', 'localhost', '::1'])('is allowed for HOST %s', (HOST) => {
    expect(readConfig({ HOST }).host).toBe(HOST);
  });

  test.each(['0.0.0.0', '::', '192.168.1.5', 'example.com', '127.0.0.1.example.com'])(
    'is rejected for HOST %s',
    (HOST) => {
      expect(errorOf({ HOST })).toMatch(`HOST ${HOST} is open to other machines`);
      expect(errorOf({ HOST })).toMatch('set JWT_SECRET or JWT_JWKS_URL, or unset HOST');
      expect(readConfig({ HOST, JWT_SECRET: secret }).host).toBe(HOST);
      expect(readConfig({ HOST, ...provider }).host).toBe(HOST);
    },
  );

  test('is replaced by either JWT setting, but not by both', () => {
    expect(errorOf({ JWT_SECRET: secret, JWT_JWKS_URL: 'https://id.example.com/keys' })).toMatch('set one of them');
  });
});

describe('a risky sign-in setting is rejected unless JWT_ALLOW names the risk', () => {
  const { JWT_JWKS_URL, JWT_ISSUER, JWT_AUDIENCE } = provider;
  test.each<[string, Record<string, string>, string]>([
    ['weak-secret', { JWT_SECRET: 'a'.repeat(32) }, 'JWT_SECRET can be guessed'],
    ['weak-secret', { JWT_SECRET: 'replace-this-by-at-least-32-random-characters' }, 'openssl rand -base64 32'],
    ['http-jwks', { ...provider, JWT_JWKS_URL: 'http://id.example.com/keys' }, 'JWT_JWKS_URL must begin with https://'],
    ['http-jwks', { ...provider, JWT_JWKS_URL: 'http://localhost.example.com/keys' }, 'must begin with https://'],
    ['any-issuer', { JWT_JWKS_URL, JWT_AUDIENCE }, 'JWT_JWKS_URL needs JWT_ISSUER'],
    ['any-audience', { JWT_JWKS_URL, JWT_ISSUER }, 'JWT_JWKS_URL needs JWT_AUDIENCE'],
  ])('%s: %j', (risk, settings, text) => {
    expect(errorOf(settings)).toMatch(text);
    expect(errorOf(settings)).toMatch(`JWT_ALLOW=${risk} `);
    expect(errorOf({ ...settings, JWT_ALLOW: risk === 'weak-secret' ? 'no-expiry' : 'weak-secret' })).toMatch(text);
    expect(errorOf({ ...settings, JWT_ALLOW: `no-expiry, ${risk}` })).toBe('accepted');
  });

  test('one error lists all risks, without secrets', () => {
    expect(errorOf({ JWT_JWKS_URL: 'http://id.example.com/keys' }).split('\n')).toHaveLength(3);
    expect(errorOf({ JWT_SECRET: 'ab'.repeat(20) })).not.toMatch('abab');
  });

  test.each(['127.0.0.1', 'localhost', '[::1]'])('keys from this machine (%s) need no TLS', (host) => {
    expect(errorOf({ ...provider, JWT_JWKS_URL: `http://${host}:8080/keys` })).toBe('accepted');
  });

  test.each(['https://me:hush@id.example.com/keys', 'https://me@id.example.com/keys'])(
    'keys need no user: %s',
    (url) => {
      const error = errorOf({ ...provider, JWT_JWKS_URL: url });

      expect(error).toBe('JWT_JWKS_URL must have no user and no password; the keys are public');
    },
  );

  test('an unknown risk is rejected', () => {
    expect(errorOf({ JWT_ALLOW: 'everything' })).toMatch('JWT_ALLOW must be one or more of weak-secret, http-jwks');
  });
});

describe('many nodes', () => {
  const [DATABASE_URL, REDIS_URL] = ['postgres://sillage:hush@localhost/sillage', 'redis://:hush@localhost'];

  test('share a PostgreSQL and a Redis', () => {
    const shared = { databaseUrl: DATABASE_URL, redisUrl: REDIS_URL, schema: 'public' };

    expect(readConfig({ DATABASE_URL, REDIS_URL, JWT_SECRET: secret }).shared).toEqual(shared);
    expect(readConfig({ DATABASE_URL, REDIS_URL, ...provider }).shared).toEqual(shared);
  });

  test.each<[string, Record<string, string>]>([
    ['without a Redis', { DATABASE_URL }],
    ['without a PostgreSQL', { REDIS_URL }],
  ])('are rejected %s, and the error says what to do', (_, half) => {
    expect(errorOf({ ...half, JWT_SECRET: secret })).toMatch('DATABASE_URL and REDIS_URL go together; set both');
  });

  test('cannot use local sign-in, as each node would have its own secret', () => {
    expect(errorOf({ DATABASE_URL, REDIS_URL })).toMatch('set JWT_SECRET or JWT_JWKS_URL');
  });

  test('have passwords, which no error contains', () => {
    const bad = { DATABASE_URL: 'mysql://sillage:hush@localhost/x', REDIS_URL: 'http://:hush@localhost' };

    for (const given of [bad, { DATABASE_URL }, { REDIS_URL }, { DATABASE_URL, REDIS_URL }]) {
      expect(errorOf(given)).not.toMatch('hush');
    }
  });
});

test('metrics_port must be another port than PORT, also than its default', () => {
  const message = 'metrics_port must differ from PORT; unset it to have the metrics on PORT';

  expect(errorOf({ PORT: '8080', metrics_port: '8080' })).toMatch(message);
  expect(errorOf({ metrics_port: '3000' })).toMatch(message);
  expect(readConfig({ PORT: '0', metrics_port: '0' }).metrics.port).toBe(0); // each any free port
  expect(readConfig({ PORT: '8080', metrics_port: '8081' }).metrics.port).toBe(8081);
});
