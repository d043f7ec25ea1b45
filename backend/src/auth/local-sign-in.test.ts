import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tempFolder } from '@sillage/testing';
import { decodeJwt } from 'jose';
import { expect, test } from 'vitest';
import { localSecret, localToken } from './local-sign-in.ts';
import { TokenVerifier } from './tokens/token-verifier.ts';

test('each folder gets its own secret, which only its owner can read and which stays the same', () => {
  const folder = join(tempFolder(), 'data');

  const secret = localSecret(folder);

  expect(secret.length).toBeGreaterThanOrEqual(43); // 256 bits
  expect(statSync(join(folder, 'jwt-secret')).mode & 0o777).toBe(0o600);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(localSecret(folder)).toBe(secret);
  expect(localSecret(tempFolder())).not.toBe(secret);
});

test('a secret that a full disk left empty is created again and then stays the same', () => {
  const folder = tempFolder();
  writeFileSync(join(folder, 'jwt-secret'), '', { mode: 0o600 });

  const secret = localSecret(folder);

  expect(secret.length).toBeGreaterThanOrEqual(43);
  expect(localSecret(folder)).toBe(secret);
  expect(statSync(join(folder, 'jwt-secret')).mode & 0o777).toBe(0o600);
});

test('a secret that the owner wrote is used unchanged', () => {
  const folder = tempFolder();
  writeFileSync(join(folder, 'jwt-secret'), 'a secret of thirty-two characters\n', { mode: 0o600 });

  expect(localSecret(folder)).toBe('a secret of thirty-two characters');
  expect(readFileSync(join(folder, 'jwt-secret'), 'utf8')).toBe('a secret of thirty-two characters\n');
});

test.each([0o644, 0o640, 0o604, 0o602])(
  'a secret that others can read or write (%o) is refused, and the error says what to do',
  (mode) => {
    const file = join(tempFolder(), 'jwt-secret');
    writeFileSync(file, 'a secret of thirty-two characters');
    chmodSync(file, mode);

    expect(() => localSecret(dirname(file))).toThrow(
      expect.objectContaining({ name: 'StreamError', message: expect.stringContaining(`chmod 600 ${file}`) }),
    );
  },
);

test('the token signs in the single local user for 90 days', async () => {
  const secret = localSecret(tempFolder());
  const verifier = new TokenVerifier({ secret, jwksUrl: undefined, issuer: undefined, audience: undefined });

  const token = await localToken(secret);

  expect(await verifier.verify(token)).toMatchObject({ user: { id: 'local' } });
  const { iat = 0, exp = 0 } = decodeJwt(token);
  expect(exp - iat).toBe(90 * 86_400);
});
