// Every text exists in both languages, and the French texts follow French typography.
import { errorStatus, failureCodes } from '@sillage/protocol';
import { expect, test } from 'vitest';
import { en } from './en.ts';
import { fr } from './fr.ts';
import { chooseLanguage, chooseLocale } from './Language.tsx';

/** Returns every text of a table with its path; functions of a number are called with one. */
function textsOf(value: unknown, path = ''): [path: string, text: string][] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value === 'function') return [[path, String(value(33_120, 32_000))]];
  return Object.entries(value ?? {}).flatMap(([key, inner]) => textsOf(inner, `${path}.${key}`));
}

const codes = [...failureCodes, ...Object.keys(errorStatus), 'network', 'bad-response', 'fenced', 'stream-ended'];

test.each([
  ['English', en],
  ['French', fr],
])('%s has a text for every code of the protocol', (_, messages) => {
  expect(Object.keys(messages.errors).sort()).toEqual([...new Set(codes)].sort());
  expect(Object.values(messages.errors)).not.toContain('');
});

test('both languages say the same things, each in its own words', () => {
  const english = new Map(textsOf(en));
  const same = textsOf(fr).filter(([path, text]) => text !== '' && english.get(path) === text);

  expect(textsOf(fr).map(([path]) => path)).toEqual(textsOf(en).map(([path]) => path));
  expect(same.map(([path]) => path)).toEqual(['.conversation', '.code', '.composer.label', '.shortcuts.keys.ctrl']);
});

test('French keeps its double punctuation and guillemets on the line of their words', () => {
  const broken = textsOf(fr).filter(([, text]) => /[^\u202f][;!?]|[^\u00a0]:|«[^\u00a0]|[^\u00a0]»/.test(text));

  expect(broken).toEqual([]);
});

test('typewriter quotation marks and apostrophes appear in neither', () => {
  expect([...textsOf(en), ...textsOf(fr)].filter(([, text]) => /['"]/.test(text))).toEqual([]);
});

test('the language is the chosen one, else the first of the browser’s that is spoken, else English', () => {
  expect(chooseLanguage('fr', ['en-US'])).toBe('fr');
  expect(chooseLanguage(undefined, ['de-DE', 'fr-CA', 'en'])).toBe('fr');
  expect(chooseLanguage(undefined, ['EN-gb', 'fr'])).toBe('en');
  expect(chooseLanguage('xx', ['de'])).toBe('en');
});

test('dates and numbers are those of the browser’s own kind of the language', () => {
  expect(chooseLocale('en', ['fr-FR', 'en-GB', 'en'])).toBe('en-GB');
  expect(chooseLocale('fr', ['en-US'])).toBe('fr');
});
