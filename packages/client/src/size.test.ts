// Guards what a page pays for the hook: client, parser and protocol together, without React.
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { expect, test } from 'vitest';

const limitBytes = 4.1 * 1024;

test('the hook, the client, the parser and the protocol together are at most 4.1 kB gzipped', async () => {
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    resolve: { conditions: ['@sillage/source'] },
    build: {
      write: false,
      minify: true,
      modulePreload: false,
      rolldownOptions: {
        input: fileURLToPath(new URL('./react.ts', import.meta.url)),
        external: ['react'],
        preserveEntrySignatures: 'strict',
      },
    },
  });

  const outputs = [built].flat().flatMap((bundle) => ('output' in bundle ? bundle.output : []));
  const code = outputs.map((output) => ('code' in output ? output.code : '')).join('');

  expect(code).toContain('useSyncExternalStore');
  expect(gzipSync(code).length).toBeLessThanOrEqual(limitBytes);
});
