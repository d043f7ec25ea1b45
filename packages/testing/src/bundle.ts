// Measures the size of a production bundle that contains a few exports.
import { gzipSync } from 'node:zlib';
import { build } from 'vite';

/** Bundles the module in the given source, without React. `sizeBytes` is the gzipped size. */
export async function bundle(source: string): Promise<{ code: string; sizeBytes: number }> {
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    resolve: { conditions: ['@sillage/source'] },
    plugins: [
      {
        name: 'given-source',
        resolveId: (id) => (id === 'given-source' ? id : undefined),
        load: (id) => (id === 'given-source' ? source : undefined),
      },
    ],
    build: {
      write: false,
      minify: true,
      modulePreload: false,
      rolldownOptions: { input: 'given-source', external: ['react'], preserveEntrySignatures: 'strict' },
    },
  });
  const outputs = [built].flat().flatMap((bundle) => ('output' in bundle ? bundle.output : []));
  const code = outputs.map((output) => ('code' in output ? output.code : '')).join('');
  return { code, sizeBytes: gzipSync(code).length };
}
