// Builds the pages as a product would, and measures the bytes that each client adds to a page that has React already.
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { build, defaultClientConditions } from 'vite';

/** Every page, the limit first. */
export const pageNames = ['by-hand', 'use-ai-stream', 'naive', 'use-chat-throttled', 'use-chat'] as const;

/** Pages that draw Markdown as it grows. */
export const markdownPageNames = ['markdown-blocks', 'markdown-naive'] as const;

const everything = ['react', 'react-dom', 'react-dom/client', 'react/jsx-runtime'];

/** Returns the script of one page, whole. */
export function scriptOf(page: string): Promise<string> {
  const found = page === 'by-hand' ? `${page}.ts` : `${page}.tsx`;
  return built(fileURLToPath(new URL(`pages/${found}`, import.meta.url)), []);
}

/** Returns what an import weighs over React, minified and gzipped, in bytes. */
export async function weightOf(specifier: string, names: readonly string[]): Promise<number> {
  const source = `export { ${names.join(', ')} } from ${JSON.stringify(specifier)};`;
  return gzipSync(await built('virtual:weighed', everything, source), { level: 9 }).length;
}

async function built(input: string, external: string[], source?: string): Promise<string> {
  const weighed = {
    name: 'weighed',
    resolveId: (id: string) => (id === 'virtual:weighed' ? `${import.meta.dirname}/weighed.ts` : undefined),
    load: (id: string) => (id.endsWith('/weighed.ts') ? source : undefined),
  };
  const bundles = await build({
    configFile: false,
    logLevel: 'warn',
    root: import.meta.dirname,
    plugins: [react(), weighed],
    resolve: { conditions: ['@sillage/source', ...defaultClientConditions] },
    build: {
      write: false,
      minify: true,
      modulePreload: false,
      chunkSizeWarningLimit: 10_000,
      rolldownOptions: { input, external, preserveEntrySignatures: 'strict', output: { codeSplitting: false } },
    },
  });
  const outputs = [bundles].flat().flatMap((bundle) => ('output' in bundle ? bundle.output : []));
  return outputs.map((output) => ('code' in output ? output.code : '')).join('\n');
}
