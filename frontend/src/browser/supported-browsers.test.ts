// The page uses no API that a supported browser lacks, and none that needs a secure context, according to MDN's
// compatibility data.
import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import data from '@mdn/browser-compat-data' with { type: 'json' };
import type { Identifier } from '@mdn/browser-compat-data/types';
import { expect, test } from 'vitest';
import { supportedBrowsers } from '../../supported-browsers.ts';

const root = new URL('../../../', import.meta.url).pathname;
const sources = ['frontend/src/**/*.{ts,tsx}', 'packages/{client,protocol}/src/**/*.{ts,tsx}'];

/** Optional APIs by file: the code checks for them and has a fallback. */
const guarded: Readonly<Record<string, readonly string[]>> = {
  'frontend/src/browser/copy.ts': ['navigator.clipboard', 'Clipboard.write', 'ClipboardItem'],
  'frontend/src/browser/notifications.ts': [
    'Notification',
    'Notification.requestPermission',
    'Notification.permission',
  ],
  'packages/client/src/stream/unique-id.ts': ['crypto.randomUUID'],
};

test('no API is used that a supported browser lacks, or keeps from a page that came over plain HTTP', async () => {
  const faults: string[] = [];
  for await (const path of glob(sources, { cwd: root })) {
    if (/\.test\.tsx?$|\/testing\//.test(path)) continue;
    for (const api of apisIn(readFileSync(root + path, 'utf8'))) {
      if (guarded[path]?.includes(api.name)) continue;
      const fault = faultOf(api);
      if (fault !== undefined) faults.push(`${path}: ${api.name} ${fault}`);
    }
  }

  expect(faults).toEqual([]);
});

test('what Safari 17 lacks, and what needs a secure context, would be found', () => {
  const source = 'URL.parse(x); crypto.randomUUID(); Promise.try(y); navigator.clipboard; navigator.locks';

  expect(apisIn(source).map((api) => [api.name, faultOf(api) !== undefined])).toEqual([
    ['URL.parse', true],
    ['crypto.randomUUID', true],
    ['Promise.try', true],
    ['navigator.clipboard', true],
    ['navigator.locks', true],
  ]);
});

interface Api {
  readonly name: string;
  readonly identifier: Identifier;
}

/** Global instances, by the interface that they implement. */
const instances: Readonly<Record<string, string>> = {
  crypto: 'Crypto',
  navigator: 'Navigator',
  document: 'Document',
  window: 'Window',
  history: 'History',
  location: 'Location',
  performance: 'Performance',
};

function apisIn(source: string): Api[] {
  const code = source.replace(/\/\*.*?\*\/|(?<![:'"])\/\/.*$/gm, '');
  const members = [...code.matchAll(/\b([A-Za-z]+)\??\.([a-zA-Z]+)\b/g)].flatMap(([, owner = '', member = '']) => {
    const of = instances[owner] ?? owner;
    const identifier =
      data.api[of]?.[member] ?? data.api[of]?.[`${member}_static`] ?? data.javascript.builtins?.[of]?.[member];
    return identifier === undefined ? [] : [{ name: `${owner}.${member}`, identifier }];
  });
  const made = [...code.matchAll(/\bnew ([A-Z][A-Za-z]+)\b/g)].flatMap(([, name = '']) => {
    const identifier = data.api[name] ?? data.javascript.builtins?.[name];
    return identifier === undefined ? [] : [{ name, identifier }];
  });
  return [...members, ...made];
}

/** APIs that need a secure context; the compatibility data states this only for whole interfaces. */
const secureOnly: readonly string[] = [
  ...['crypto.randomUUID', 'crypto.subtle', 'navigator.clipboard', 'navigator.locks', 'navigator.serviceWorker'],
  ...[
    'navigator.storage',
    'navigator.wakeLock',
    'navigator.mediaDevices',
    'ClipboardItem',
    'Notification',
    'Clipboard',
  ],
];

function faultOf({ name, identifier: { __compat: compat } }: Api): string | undefined {
  if (secureOnly.includes(name)) return 'needs a secure context';
  if (compat === undefined) return undefined;
  for (const [browser, version] of Object.entries(supportedBrowsers)) {
    const support = [compat.support[browser as keyof typeof supportedBrowsers]].flat()[0];
    const added = support?.version_added;
    if (added === false || added === undefined || added === null) return `is unknown to ${browser}`;
    if (typeof added === 'string' && Number.parseFloat(added.replace('≤', '')) > Number.parseFloat(version)) {
      return `needs ${browser} ${added}`;
    }
  }
  return undefined;
}
