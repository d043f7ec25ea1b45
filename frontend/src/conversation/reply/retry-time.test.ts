import { expect, test } from 'vitest';
import { en } from '../../i18n/en.ts';
import { fr } from '../../i18n/fr.ts';
import { retryWords } from './retry-time.ts';

const createdAt = '2026-11-28T12:00:30.000Z';
const now = Date.parse(createdAt);
const timeOf = (iso: string, options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat('en', options).format(Date.parse(iso));

test('a short wait is given in seconds, and is over when it has passed', () => {
  const at = (later: number) =>
    retryWords({ createdAt, retryAfter: 30 }, { words: en.recovery, locale: 'en', now: now + later });

  expect(at(0)).toBe(en.recovery.waitFirst(30));
  expect(at(29_500)).toBe(en.recovery.waitFirst(1));
  expect(at(30_000)).toBe('');
  expect(at(3_600_000)).toBe('');
  expect(retryWords({ createdAt }, { words: en.recovery, locale: 'en', now })).toBe('');
});

test('a longer wait is given as a time, rounded up, with the date where the day may be another', () => {
  const after = (retryAfter: number) =>
    retryWords({ createdAt, retryAfter }, { words: en.recovery, locale: 'en', now });

  expect(after(600)).toBe(`Try again after ${timeOf('2026-11-28T12:11:00Z', { timeStyle: 'short' })}.`);
  expect(after(86_400)).toBe(
    `Try again after ${timeOf('2026-11-29T12:01:00Z', { dateStyle: 'medium', timeStyle: 'short' })}.`,
  );
  expect(retryWords({ createdAt, retryAfter: 600 }, { words: fr.recovery, locale: 'fr', now })).toMatch(
    /^Réessayez après/,
  );
});
