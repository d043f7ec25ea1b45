import { expect, test } from 'vitest';
import { VerifiedTokens } from './verified-tokens.ts';

const forMs = 60_000;

test('a token with another encoding of its signature is not found and takes no second entry', () => {
  const tokens = new VerifiedTokens();
  tokens.add('header.claims.signature', { user: { id: 'ada' } }, forMs);

  expect(tokens.get('header.claims.signature')).toEqual({ user: { id: 'ada' } });
  expect(tokens.get('header.claims.signatura')).toBeUndefined();

  for (let i = 0; i < 5; i++) tokens.add(`header.claims.signature${i}`, { user: { id: 'ada' } }, forMs);
  expect(tokens.size).toBe(1);
});

test('changed claims with a known signature are not found', () => {
  const tokens = new VerifiedTokens();
  tokens.add('header.ada.signature', { user: { id: 'ada' } }, forMs);

  expect(tokens.get('header.bob.signature')).toBeUndefined();
});

test('a token is not cached beyond its expiry, or longer than its keys are trusted', () => {
  const tokens = new VerifiedTokens();

  tokens.add('a.expired.s', { user: { id: 'ada' }, token: { exp: Date.now() / 1_000 - 1 } }, forMs);
  tokens.add('a.untrusted.s', { user: { id: 'ada' } }, 0);

  expect(tokens.get('a.expired.s')).toBeUndefined();
  expect(tokens.get('a.untrusted.s')).toBeUndefined();
});

test('beyond a thousand tokens the oldest one is removed', () => {
  const tokens = new VerifiedTokens();

  for (let i = 0; i <= 1_000; i++) tokens.add(`a.${i}.s`, { user: { id: `u${i}` } }, forMs);

  expect(tokens.size).toBe(1_000);
  expect(tokens.get('a.0.s')).toBeUndefined();
  expect(tokens.get('a.1000.s')).toEqual({ user: { id: 'u1000' } });
});
