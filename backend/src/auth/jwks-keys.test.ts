// An identity provider that is away, slow, hostile or changes its keys. The provider is a real HTTP server; the clock is ours.
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Logger } from '@nestjs/common';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { JwksOptions } from './jwks-keys.ts';
import { TokenVerifier } from './token-verifier.ts';

let first: CryptoKey;
let second: CryptoKey;
let published: object[];
let firstKeys: object[];
let bothKeys: object[];
let answer: RequestListener;
let asked = 0;
let nowMs = 0;
const logged: string[] = [];

const server = createServer((request, response) => {
  asked++;
  answer(request, response);
});
const answerKeys: RequestListener = (_, response) => response.end(JSON.stringify({ keys: published }));
const answerFailure: RequestListener = (_, response) => response.writeHead(500).end('Down');

beforeAll(async () => {
  const pairs = [await generateKeyPair('RS256'), await generateKeyPair('RS256')] as const;
  [first, second] = [pairs[0].privateKey, pairs[1].privateKey];
  bothKeys = await Promise.all(
    pairs.map(async ({ publicKey }, index) => ({ ...(await exportJWK(publicKey)), alg: 'RS256', kid: `key-${index}` })),
  );
  firstKeys = bothKeys.slice(0, 1);
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  [published, answer, asked] = [firstKeys, answerKeys, 0];
  vi.spyOn(Logger.prototype, 'warn').mockImplementation((text) => void logged.push(String(text)));
});
afterEach(() => {
  vi.restoreAllMocks();
  logged.length = 0;
});

function verifierWith(keys: Omit<JwksOptions, 'url'> = {}): TokenVerifier {
  const jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
  return new TokenVerifier({
    secret: undefined,
    jwksUrl,
    issuer: undefined,
    audience: undefined,
    keys: { now: () => nowMs, ...keys },
  });
}

let tokens = 0;
/** Every token is a new one, so that none is believed from before. */
const sign = (key = first, kid = 'key-0') =>
  new SignJWT({ n: tokens++ })
    .setProtectedHeader({ alg: 'RS256', kid })
    .setSubject('ada')
    .setExpirationTime('1h')
    .sign(key);

const outcomeOf = async (verifier: TokenVerifier, token: Promise<string> | string): Promise<string> => {
  try {
    return (await verifier.verify(await token))?.id ?? 'refused';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

test('a provider that is away at the start refuses nobody, is asked again after a pause, and is logged once', async () => {
  answer = answerFailure;
  const verifier = verifierWith();

  for (let i = 0; i < 20; i++) expect(await outcomeOf(verifier, sign())).toBe('auth-unavailable');
  expect(asked).toBe(1);
  await expect(verifier.verify(await sign())).rejects.toMatchObject({ retryAfter: 5 });

  nowMs += 5_000;
  expect(await outcomeOf(verifier, sign())).toBe('auth-unavailable');
  expect(asked).toBe(2);
  expect(logged).toEqual(['The keys of JWT_JWKS_URL cannot be fetched: it answered 500']);

  nowMs += 5_000;
  answer = answerKeys;
  expect(await outcomeOf(verifier, sign())).toBe('ada');
  expect(logged.slice(1)).toEqual(['The keys of JWT_JWKS_URL can be fetched again.']);
});

test('many tokens at once cause one fetch', async () => {
  const verifier = verifierWith();

  const outcomes = await Promise.all(Array.from({ length: 50 }, () => outcomeOf(verifier, sign())));

  expect(new Set(outcomes)).toEqual(new Set(['ada']));
  expect(asked).toBe(1);
});

test('a key that the provider removed is refused within the time that keys are trusted', async () => {
  published = bothKeys;
  const verifier = verifierWith({ maxAgeMs: 60_000 });
  const believed = await sign(second, 'key-1');
  expect(await outcomeOf(verifier, believed)).toBe('ada');

  published = firstKeys;
  nowMs += 60_001;

  expect(await outcomeOf(verifier, sign(second, 'key-1'))).toBe('refused');
  expect(await outcomeOf(verifier, sign())).toBe('ada');
});

test('a token that was believed is not believed longer than the keys that verified it', async () => {
  published = bothKeys;
  const verifier = verifierWith({ maxAgeMs: 30, now: () => performance.now() });
  const token = await sign(second, 'key-1');
  expect(await outcomeOf(verifier, token)).toBe('ada');

  published = firstKeys;

  await expect.poll(() => outcomeOf(verifier, token)).toBe('refused');
});

test('a key that the provider added is known at once', async () => {
  const verifier = verifierWith();
  expect(await outcomeOf(verifier, sign())).toBe('ada');

  published = bothKeys;
  nowMs += 1_001;

  expect(await outcomeOf(verifier, sign(second, 'key-1'))).toBe('ada');
});

test('tokens of unknown keys cause one fetch a second, and are refused', async () => {
  const verifier = verifierWith();
  expect(await outcomeOf(verifier, sign())).toBe('ada');

  for (let i = 0; i < 50; i++) expect(await outcomeOf(verifier, sign(second, `unknown-${i}`))).toBe('refused');

  expect(asked).toBe(1);
});

test('the last keys stay in use while the provider is away, for a time; an unknown key may be a new one', async () => {
  const verifier = verifierWith({ maxAgeMs: 60_000, outageMs: 600_000 });
  expect(await outcomeOf(verifier, sign())).toBe('ada');

  answer = answerFailure;
  nowMs += 600_000;
  expect(await outcomeOf(verifier, sign())).toBe('ada');
  expect(await outcomeOf(verifier, sign(second, 'key-1'))).toBe('auth-unavailable');

  nowMs += 60_001;
  expect(await outcomeOf(verifier, sign())).toBe('auth-unavailable');
});

test.each<[string, RequestListener]>([
  ['an endless answer', (_, response) => response.end(`{"keys":[],"x":"${'海'.repeat(200_000)}"}`)],
  ['an answer that is no JSON', (_, response) => response.end('<h1>Login</h1>')],
  ['an answer without keys', (_, response) => response.end('{}')],
  ['null', (_, response) => response.end('null')],
  ['a redirect', (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
  ['a connection that is cut', (request) => request.socket.destroy()],
  ['an answer that never comes', () => {}],
  ['an answer that never ends', (_, response) => void response.write('{"keys":[')],
])('%s is a provider that is away', async (_, hostile) => {
  answer = hostile;

  expect(await outcomeOf(verifierWith({ timeoutMs: 200 }), sign())).toBe('auth-unavailable');
  expect(logged).toHaveLength(1);
});
