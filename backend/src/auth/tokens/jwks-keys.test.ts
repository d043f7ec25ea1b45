// Identity providers that are unreachable, slow or hostile, or that rotate their keys. The provider is a real HTTP server; the
// clock is a fake.
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
let respond: RequestListener;
let fetchCount = 0;
let nowMs = 0;
const logged: string[] = [];

const server = createServer((request, response) => {
  fetchCount++;
  respond(request, response);
});
const respondWithKeys: RequestListener = (_, response) => response.end(JSON.stringify({ keys: published }));
const respondWithFailure: RequestListener = (_, response) => response.writeHead(500).end('Down');

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
  [published, respond, fetchCount] = [firstKeys, respondWithKeys, 0];
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
/** Every token is a new one, so that none is found in the cache. */
const sign = (key = first, kid = 'key-0') =>
  new SignJWT({ n: tokens++ })
    .setProtectedHeader({ alg: 'RS256', kid })
    .setSubject('ada')
    .setExpirationTime('1h')
    .sign(key);

const outcomeOf = async (verifier: TokenVerifier, token: Promise<string> | string): Promise<string> => {
  try {
    return (await verifier.verify(await token))?.user.id ?? 'refused';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

test('an unreachable provider makes no token invalid, is fetched again after a pause, and is logged once', async () => {
  respond = respondWithFailure;
  const verifier = verifierWith();

  for (let i = 0; i < 20; i++) expect(await outcomeOf(verifier, sign())).toBe('auth-unavailable');
  expect(fetchCount).toBe(1);
  await expect(verifier.verify(await sign())).rejects.toMatchObject({ retryAfter: 5 });

  nowMs += 5_000;
  expect(await outcomeOf(verifier, sign())).toBe('auth-unavailable');
  expect(fetchCount).toBe(2);
  expect(logged).toEqual(['The keys of JWT_JWKS_URL cannot be fetched: the response has status 500']);

  nowMs += 5_000;
  respond = respondWithKeys;
  expect(await outcomeOf(verifier, sign())).toBe('ada');
  expect(logged.slice(1)).toEqual(['The keys of JWT_JWKS_URL can be fetched again.']);
});

test('many concurrent tokens cause one fetch', async () => {
  const verifier = verifierWith();

  const outcomes = await Promise.all(Array.from({ length: 50 }, () => outcomeOf(verifier, sign())));

  expect(new Set(outcomes)).toEqual(new Set(['ada']));
  expect(fetchCount).toBe(1);
});

test('a key that the provider removed is refused within the time that keys are trusted', async () => {
  published = bothKeys;
  const verifier = verifierWith({ maxAgeMs: 60_000 });
  const cached = await sign(second, 'key-1');
  expect(await outcomeOf(verifier, cached)).toBe('ada');

  published = firstKeys;
  nowMs += 60_001;

  expect(await outcomeOf(verifier, sign(second, 'key-1'))).toBe('refused');
  expect(await outcomeOf(verifier, sign())).toBe('ada');
});

test('a cached token is not accepted longer than the keys that verified it', async () => {
  published = bothKeys;
  const verifier = verifierWith({ maxAgeMs: 30, now: () => performance.now() });
  const token = await sign(second, 'key-1');
  expect(await outcomeOf(verifier, token)).toBe('ada');

  published = firstKeys;

  await expect.poll(() => outcomeOf(verifier, token)).toBe('refused');
});

test('a key that the provider added is accepted at once', async () => {
  const verifier = verifierWith();
  expect(await outcomeOf(verifier, sign())).toBe('ada');

  published = bothKeys;
  nowMs += 1_001;

  expect(await outcomeOf(verifier, sign(second, 'key-1'))).toBe('ada');
});

test('tokens of unknown keys are refused and cause at most one fetch a second', async () => {
  const verifier = verifierWith();
  expect(await outcomeOf(verifier, sign())).toBe('ada');

  for (let i = 0; i < 50; i++) expect(await outcomeOf(verifier, sign(second, `unknown-${i}`))).toBe('refused');

  expect(fetchCount).toBe(1);
});

test('the last keys stay in use for a time while the provider is unreachable, and an unknown key is not refused', async () => {
  const verifier = verifierWith({ maxAgeMs: 60_000, outageMs: 600_000 });
  expect(await outcomeOf(verifier, sign())).toBe('ada');

  respond = respondWithFailure;
  nowMs += 600_000;
  expect(await outcomeOf(verifier, sign())).toBe('ada');
  expect(await outcomeOf(verifier, sign(second, 'key-1'))).toBe('auth-unavailable');

  nowMs += 60_001;
  expect(await outcomeOf(verifier, sign())).toBe('auth-unavailable');
});

test.each<[string, RequestListener]>([
  ['an endless response', (_, response) => response.end(`{"keys":[],"x":"${'海'.repeat(200_000)}"}`)],
  ['a response that is not JSON', (_, response) => response.end('<h1>Login</h1>')],
  ['a response without keys', (_, response) => response.end('{}')],
  ['null', (_, response) => response.end('null')],
  ['a redirect', (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
  ['a connection that is cut', (request) => request.socket.destroy()],
  ['a response that never starts', () => {}],
  ['a response that never ends', (_, response) => void response.write('{"keys":[')],
])('%s counts as an unreachable provider', async (_, hostile) => {
  respond = hostile;

  expect(await outcomeOf(verifierWith({ timeoutMs: 200 }), sign())).toBe('auth-unavailable');
  expect(logged).toHaveLength(1);
});
