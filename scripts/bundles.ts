// Bundles the compiled server, after `tsc`: its public entries as CommonJS, and its process as few files, which start in
// half the CPU time that 1,800 modules take.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { build, type SSROptions } from 'vite';
import { root } from './run.ts';

const dist = `${root}backend/dist`;
const entries = ['index', 'testing'];
const onlyModules = ['@sillage/protocol', 'jose', 'kysely'];
const worker = { 'token-worker': `${dist}/ai/context/token-worker.js` };

/** Packages that Nest and pg load only where they are installed. */
const loadedAtRuntime = [
  '@fastify/static',
  '@fastify/view',
  '@nestjs/microservices',
  '@nestjs/microservices/microservices-module.js',
  '@nestjs/platform-fastify',
  '@nestjs/websockets',
  '@nestjs/websockets/socket-module.js',
  'class-transformer',
  'class-transformer/storage',
  'class-validator',
  'fastify',
  'pg-native',
];

/** For applications of Nest 11 and their Jest, which loads no ES modules. Dependencies that exist only as ES modules are
 *  part of the bundle. */
async function bundleCommonJs(): Promise<void> {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(`${root}backend/package.json`, 'utf8'));
  const outside = Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => !onlyModules.includes(name));
  const input = Object.fromEntries(entries.map((name) => [name, `${dist}/${name}.js`]));
  await bundle({ ...input, ...worker }, { noExternal: onlyModules, external: outside }, 'dist/cjs', 'cjs');
  mkdirSync(`${dist}/cjs`, { recursive: true });
  writeFileSync(`${dist}/cjs/package.json`, '{"type":"commonjs"}\n');
  for (const name of entries) writeFileSync(`${dist}/cjs/${name}.d.ts`, `export * from '../${name}.js';\n`);
}

/** What `npm start` runs. */
async function bundleProcess(): Promise<void> {
  const input = { main: `${dist}/main.js`, ...worker };
  await bundle(input, { noExternal: true, external: loadedAtRuntime }, 'bundle', 'es');
}

async function bundle(
  input: Record<string, string>,
  ssr: SSROptions,
  outDir: string,
  format: 'cjs' | 'es',
): Promise<void> {
  const output = {
    format,
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    strictExecutionOrder: true,
  };
  await build({
    root: `${root}backend`,
    configFile: false,
    logLevel: 'error',
    ssr,
    build: {
      ssr: true,
      outDir,
      emptyOutDir: true,
      minify: false,
      target: 'node22',
      rolldownOptions: { input, output },
    },
  });
}

await Promise.all([bundleCommonJs(), bundleProcess()]);
