// docs/settings.md says what the schema says.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { settings } from '../../backend/src/config/settings.ts';
import { settingsPage } from './settings-page.ts';

test('docs/settings.md is what `npm run docs` writes', () => {
  const written = readFileSync(new URL('../../docs/settings.md', import.meta.url), 'utf8');

  expect(written).toBe(settingsPage());
});

test('every setting is documented', () => {
  const undocumented = Object.entries(settings.shape).filter(([, { description }]) => description === undefined);

  expect(undocumented.map(([name]) => name)).toEqual([]);
});
