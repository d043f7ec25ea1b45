import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { signToken } from '@sillage/testing';
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type TokenOptions, TokenVerifier } from './token-verifier.ts';

const secret = 'a secret of thirty-two characters';
const other = 'another secret of thirty-two chars';

function verifierWith(options: Partial<TokenOptions>): TokenVerifier {
  return new TokenVerifier({
    secret: undefined,
    jwksUrl: undefined,
    issuer: undefined,
    audience: undefined,
    ...options,
  });
}

const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
const inAnHour = () => Math.floor(Date.now() / 1000) + 3_600;
const claims = () => ({ sub: 'ada', exp: inAnHour() });

/** Signs tokens that a library would refuse to sign. */
function forge(header: object, payload: object, key: string, digest = 'sha256'): string {
  const content = `${encoded(header)}.${encoded(payload)}`;
  return `${content}.${createHmac(digest, key).update(content).digest('base64url')}`;
}

/** Signs claims given as raw bytes. */
function forgeBytes(payload: Buffer): string {
  const content = `${encoded({ alg: 'HS256' })}.${payload.toString('base64url')}`;
  return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`;
}

describe('with a secret', () => {
  const verifier = verifierWith({ secret });

  test('a cached token is refused once it has expired', async () => {
    const token = await signToken({ secret, sub: 'ada', expiresIn: '10s' });
    expect(await verifier.verify(token)).toMatchObject({ user: { id: 'ada' } });

    vi.setSystemTime(Date.now() + 11_000);

    expect(await verifier.verify(token)).toBeUndefined();
    vi.useRealTimers();
  });

  test('a token signed with the secret names its user', async () => {
    expect(await verifier.verify(await signToken({ secret, sub: 'ada' }))).toMatchObject({ user: { id: 'ada' } });
    expect(await verifier.verify(forge({ alg: 'HS256' }, claims(), secret))).toMatchObject({ user: { id: 'ada' } });
  });

  test('the user has the lists of ids of the token; a malformed list grants nothing', async () => {
    const lists = { organizations: ['o1', 'o2'], workspaces: 'w1', projects: ['p1', 7, null], other: ['x'] };

    const verified = await verifier.verify(await signToken({ secret, claims: lists }));

    expect(verified?.user).toEqual({ id: 'ada', organizations: ['o1', 'o2'], workspaces: [], projects: ['p1'] });
  });

  test.each<[string, () => string | Promise<string>]>([
    ['an empty token', () => ''],
    ['nonsense', () => 'a.b.c'],
    ['one without a signature', () => `${encoded({ alg: 'HS256' })}.${encoded(claims())}.`],
    ['alg none', () => `${encoded({ alg: 'none' })}.${encoded(claims())}.`],
    ['alg none with a signature', () => forge({ alg: 'none' }, claims(), secret)],
    ['alg NONE', () => `${encoded({ alg: 'NONE' })}.${encoded(claims())}.`],
    ['another algorithm', () => forge({ alg: 'HS512' }, claims(), secret, 'sha512')],
    ['one signed with another key', () => signToken({ secret: other })],
    ['one signed with an empty key', () => forge({ alg: 'HS256' }, claims(), '')],
    ['one that has expired', () => signToken({ secret, expiresIn: '-1s' })],
    ['one that is not yet valid', () => signToken({ secret, claims: { nbf: inAnHour() } })],
    ['one whose expiry is not a number', () => forge({ alg: 'HS256' }, { sub: 'ada', exp: 'never' }, secret)],
    ['one with an unknown critical header', () => forge({ alg: 'HS256', crit: ['x'], x: 1 }, claims(), secret)],
    ['one without a user', () => forge({ alg: 'HS256' }, { exp: inAnHour() }, secret)],
    ['one of an empty user', () => signToken({ secret, sub: '' })],
    ['one whose user is not a string', () => forge({ alg: 'HS256' }, { sub: 7, exp: inAnHour() }, secret)],
    ['one whose user is too long', () => signToken({ secret, sub: 'x'.repeat(257) })],
    ['one without an expiry', () => forge({ alg: 'HS256' }, { sub: 'ada' }, secret)],
    [
      'one whose user ends in half a surrogate pair',
      () => forge({ alg: 'HS256' }, { ...claims(), sub: 'ada\ud800' }, secret),
    ],
    ['one whose user holds the other half', () => forge({ alg: 'HS256' }, { ...claims(), sub: '\udc00ada' }, secret)],
    ['one whose user holds U+0000', () => forge({ alg: 'HS256' }, { ...claims(), sub: 'ada\0' }, secret)],
    [
      'one whose claims are not UTF-8',
      () => forgeBytes(Buffer.from(JSON.stringify({ ...claims(), sub: 'ad\xff' }), 'latin1')),
    ],
  ])('%s is refused', async (_, token) => {
    expect(await verifier.verify(await token())).toBeUndefined();
  });

  test.each(['海-ada', '👩‍🚀', 'ada\uFFFD', ' ada '])(
    'the user id %j is taken from the token unchanged',
    async (sub) => {
      expect(await verifier.verify(await signToken({ secret, sub }))).toMatchObject({ user: { id: sub } });
    },
  );

  test('a token without an expiry is valid if the setting allows it', async () => {
    const allowing = verifierWith({ secret, allowsNoExpiry: true });

    expect(await allowing.verify(forge({ alg: 'HS256' }, { sub: 'ada' }, secret))).toMatchObject({
      user: { id: 'ada' },
    });
    expect(await allowing.verify(await signToken({ secret, expiresIn: '-1s' }))).toBeUndefined();
  });

  test("a setting names the claim with the user's id, in place of sub", async () => {
    const named = verifierWith({ secret, userClaim: 'https://id.example.com/uid' });

    const verified = await named.verify(await signToken({ secret, claims: { 'https://id.example.com/uid': '李雷' } }));

    expect(verified?.user).toEqual({ id: '李雷' });
    expect(await named.verify(await signToken({ secret }))).toBeUndefined();
  });

  test('an id that stores could read differently is removed from its list', async () => {
    const organizations = ['o1', 'o\ud800', 'o\0', '', '海'];

    const verified = await verifier.verify(forge({ alg: 'HS256' }, { ...claims(), organizations }, secret));

    expect(verified?.user).toEqual({ id: 'ada', organizations: ['o1', '海'] });
  });

  test('a token whose payload was changed is refused', async () => {
    const [header, , signature] = (await signToken({ secret })).split('.');

    expect(await verifier.verify(`${header}.${encoded({ ...claims(), sub: 'bob' })}.${signature}`)).toBeUndefined();
  });
});

test('without a key every token is refused, including one signed with an empty key', async () => {
  const verifier = verifierWith({});

  expect(await verifier.verify(forge({ alg: 'HS256' }, claims(), ''))).toBeUndefined();
});

describe('issuer and audience', () => {
  const verifier = verifierWith({ secret, issuer: 'https://id.example.com', audience: 'sillage' });
  const right = { iss: 'https://id.example.com', aud: 'sillage' };

  test('are checked if they are set', async () => {
    expect(await verifier.verify(await signToken({ secret, claims: right }))).toMatchObject({ user: { id: 'ada' } });
    expect(
      await verifier.verify(await signToken({ secret, claims: { ...right, aud: ['x', 'sillage'] } })),
    ).toBeDefined();
  });

  test.each<[string, JWTPayload]>([
    ['another issuer', { ...right, iss: 'https://evil.example.com' }],
    ['no issuer', { aud: 'sillage' }],
    ['another audience', { ...right, aud: 'other' }],
    ['no audience', { iss: right.iss }],
  ])('%s is refused', async (_, payload) => {
    expect(await verifier.verify(await signToken({ secret, claims: payload }))).toBeUndefined();
  });
});

describe('with the keys of an identity provider', () => {
  let server: Server;
  let jwksUrl: string;
  let keys: Record<'RS256' | 'ES256', { publicKey: CryptoKey; privateKey: CryptoKey }>;
  let stranger: CryptoKey;

  beforeAll(async () => {
    keys = { RS256: await generateKeyPair('RS256'), ES256: await generateKeyPair('ES256') };
    stranger = (await generateKeyPair('RS256')).privateKey;
    const published = await Promise.all(
      Object.entries(keys).map(async ([alg, { publicKey }]) => ({
        ...(await exportJWK(publicKey)),
        alg,
        kid: alg,
        use: 'sig',
      })),
    );
    server = createServer((_, response) => {
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({ keys: published }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const sign = (alg: string, key: CryptoKey, payload: JWTPayload = {}, kid = alg) =>
    new SignJWT({ ...claims(), ...payload }).setProtectedHeader({ alg, kid }).sign(key);

  test.each(['RS256', 'ES256'] as const)('a token signed with its %s key names its user', async (alg) => {
    expect(await verifierWith({ jwksUrl }).verify(await sign(alg, keys[alg].privateKey))).toMatchObject({
      user: { id: 'ada' },
    });
  });

  test('an HS256 token signed with the public key is refused', async () => {
    const pem = await exportSPKI(keys.RS256.publicKey);

    for (const key of [pem, pem.trim(), JSON.stringify(await exportJWK(keys.RS256.publicKey))]) {
      for (const kid of [undefined, 'RS256']) {
        const token = forge({ alg: 'HS256', ...(kid && { kid }) }, claims(), key);
        expect(await verifierWith({ jwksUrl }).verify(token)).toBeUndefined();
      }
    }
  });

  test('a key in the header of the token is ignored', async () => {
    const { publicKey, privateKey } = await generateKeyPair('RS256');
    const header = { alg: 'RS256', kid: 'RS256', jwk: await exportJWK(publicKey), jku: 'http://127.0.0.1:1/keys' };
    const token = await new SignJWT(claims()).setProtectedHeader(header).sign(privateKey);

    expect(await verifierWith({ jwksUrl }).verify(token)).toBeUndefined();
  });

  test('another key, an unknown key, and an expired token are refused', async () => {
    const verifier = verifierWith({ jwksUrl });

    expect(await verifier.verify(await sign('RS256', stranger))).toBeUndefined();
    expect(await verifier.verify(await sign('RS256', stranger, {}, 'unknown'))).toBeUndefined();
    expect(await verifier.verify(await sign('RS256', keys.RS256.privateKey, { exp: 1 }))).toBeUndefined();
  });

  test('issuer and audience are checked', async () => {
    const verifier = verifierWith({ jwksUrl, issuer: 'issuer', audience: 'sillage' });
    const right = { iss: 'issuer', aud: 'sillage' };

    expect(await verifier.verify(await sign('RS256', keys.RS256.privateKey, right))).toMatchObject({
      user: { id: 'ada' },
    });
    expect(await verifier.verify(await sign('RS256', keys.RS256.privateKey, { ...right, iss: 'x' }))).toBeUndefined();
    expect(await verifier.verify(await sign('RS256', keys.RS256.privateKey, { ...right, aud: 'x' }))).toBeUndefined();
  });

  test('an unreachable provider is reported as auth-unavailable, not as an invalid token', async () => {
    const verifier = verifierWith({ jwksUrl: 'http://127.0.0.1:1/keys' });

    const verifying = verifier.verify(await sign('RS256', keys.RS256.privateKey));

    await expect(verifying).rejects.toMatchObject({ code: 'auth-unavailable', retryAfter: expect.any(Number) });
  });
});
