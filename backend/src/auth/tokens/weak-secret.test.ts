import { randomBytes, randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isWeakSecret } from './weak-secret.ts';

const manifest = new URL('../../../../deploy/kubernetes/secret.example.yaml', import.meta.url);
const example = /JWT_SECRET: (.+)/.exec(readFileSync(manifest, 'utf8'))?.[1] ?? '';

test.each([
  example,
  'replace-this-by-at-least-32-random-characters',
  'changeme-changeme-changeme-changeme',
  'your-256-bit-secret-goes-here-please',
  'a'.repeat(32),
  'a'.repeat(4_000),
  `${'a'.repeat(40)}b`,
  'ab'.repeat(16),
  'x7Kp2mQz'.repeat(4),
  'abcdefghijklmnopqrstuvwxyz!"#$%&',
  '12345678901234567890123456789012',
  'zyxwvutsrqponmlkjihgfedcba9876543210',
  'qwertyuiopasdfghjklzxcvbnm[]{}()',
  'passwordpasswordpasswordpassword',
  '密'.repeat(32),
  '🔑'.repeat(32),
  `${' '.repeat(31)}.`,
])('%s is weak', (secret) => {
  expect(isWeakSecret(secret)).toBe(true);
});

test('a random secret in any alphabet is accepted, and so is a long passphrase', () => {
  for (let i = 0; i < 1_000; i++) {
    expect(isWeakSecret(randomBytes(24).toString('base64'))).toBe(false);
    expect(isWeakSecret(randomBytes(16).toString('hex'))).toBe(false);
    expect(isWeakSecret(Array.from({ length: 40 }, () => randomInt(10)).join(''))).toBe(false);
  }
  expect(isWeakSecret('a secret of thirty-two characters')).toBe(false);
  expect(isWeakSecret('船过留痕，水静无声，灯火阑珊，月落乌啼，霜满天，江枫渔火，对愁眠，姑苏城外')).toBe(false);
});
