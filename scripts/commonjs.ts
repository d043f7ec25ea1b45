// Bundles the server's public entries as CommonJS, for applications of Nest 11 and their Jest, which loads no ES modules.
// Dependencies that exist only as ES modules are part of the bundle.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { build } from 'vite';
import { root } from './run.ts';

const dist = `${root}backend/dist`;
const entries = ['index', 'testing'];
const onlyModules = ['@sillage/protocol', 'jose', 'kysely'];

/** Writes `backend/dist/cjs` from the compiled modules. */
async function buildCommonJs(): Promise<void> {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(`${root}backend/package.json`, 'utf8'));
  const outside = Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => !onlyModules.includes(name));
  const input = Object.fromEntries(entries.map((name) => [name, `${dist}/${name}.js`]));
  await build({
    root: dist,
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: onlyModules, external: outside },
    build: {
      ssr: true,
      outDir: 'cjs',
      minify: false,
      target: 'node22',
      rolldownOptions: {
        input: { ...input, 'token-worker': `${dist}/ai/context/token-worker.js` },
        output: { format: 'cjs', entryFileNames: '[name].js' },
      },
    },
  });
  mkdirSync(`${dist}/cjs`, { recursive: true });
  writeFileSync(`${dist}/cjs/package.json`, '{"type":"commonjs"}\n');
  for (const name of entries) writeFileSync(`${dist}/cjs/${name}.d.ts`, `export * from '../${name}.js';\n`);
}

await buildCommonJs();
