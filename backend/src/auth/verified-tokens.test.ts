import { expect, test } from 'vitest';
import { VerifiedTokens } from './verified-tokens.ts';

const forMs = 60_000;

test('a token is known by its claims: another spelling of its signature is not believed, and takes no place', () => {
  const tokens = new VerifiedTokens();
  tokens.add('header.claims.signature', { id: 'ada' }, { forMs });

  expect(tokens.get('header.claims.signature')).toEqual({ id: 'ada' });
  expect(tokens.get('header.claims.signatura')).toBeUndefined();

  for (let i = 0; i < 5; i++) tokens.add(`header.claims.signature${i}`, { id: 'ada' }, { forMs });
  expect(tokens.size).toBe(1);
});

test('changed claims under a known signature are not believed', () => {
  const tokens = new VerifiedTokens();
  tokens.add('header.ada.signature', { id: 'ada' }, { forMs });

  expect(tokens.get('header.bob.signature')).toBeUndefined();
});

test('a token is not believed beyond its expiry, or longer than its keys are trusted', () => {
  const tokens = new VerifiedTokens();

  tokens.add('a.expired.s', { id: 'ada' }, { exp: Date.now() / 1_000 - 1, forMs });
  tokens.add('a.untrusted.s', { id: 'ada' }, { forMs: 0 });

  expect(tokens.get('a.expired.s')).toBeUndefined();
  expect(tokens.get('a.untrusted.s')).toBeUndefined();
});

test('the oldest of a thousand tokens makes room', () => {
  const tokens = new VerifiedTokens();

  for (let i = 0; i <= 1_000; i++) tokens.add(`a.${i}.s`, { id: `u${i}` }, { forMs });

  expect(tokens.size).toBe(1_000);
  expect(tokens.get('a.0.s')).toBeUndefined();
  expect(tokens.get('a.1000.s')).toEqual({ id: 'u1000' });
});
