// Bundles the compiled server, after `tsc`: its public entries as CommonJS, and its process as few files, which start in
// half the CPU time that 1,800 modules take.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { build, type InlineConfig, type Plugin } from 'vite';
import { root } from './run.ts';

const dist = `${root}backend/dist`;
const entries = ['index', 'testing'];
const onlyModules = ['@sillage/protocol', 'jose', 'kysely'];
const workers = {
  'token-worker': `${dist}/ai/context/token-worker.js`,
  'reading-worker': `${dist}/database/sqlite/reading-worker.js`,
};

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

/** Makes Node read the files of a folder as CommonJS. */
const commonJs = '{"type":"commonjs"}\n';

/** For applications of Nest 11 and their Jest, which loads no ES modules. Dependencies that exist only as ES modules are
 *  part of the bundle. */
async function bundleCommonJs(): Promise<void> {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(`${root}backend/package.json`, 'utf8'));
  const outside = Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => !onlyModules.includes(name));
  const input = Object.fromEntries(entries.map((name) => [name, `${dist}/${name}.js`]));
  await bundle({ ...input, ...workers }, { ssr: { noExternal: onlyModules, external: outside } }, 'dist/cjs');
  mkdirSync(`${dist}/cjs`, { recursive: true });
  writeFileSync(`${dist}/cjs/package.json`, commonJs);
  for (const name of entries) writeFileSync(`${dist}/cjs/${name}.d.ts`, `export * from '../${name}.js';\n`);
}

/** What `npm start` runs. */
async function bundleProcess(): Promise<void> {
  const input = { main: `${dist}/main.js`, ...workers };
  const plugins = [omitUnused, makeDateFormatLater, writeAscii];
  await bundle(input, { ssr: { noExternal: true, external: loadedAtRuntime }, plugins }, 'bundle');
  writeFileSync(`${root}backend/bundle/package.json`, commonJs);
}

/** Modules of the SDK that no request of the server uses, and the class that each exports. Loading them loads Node's `fetch`:
 *  80 ms of CPU time and 15 MB. */
const unused: Readonly<Record<string, string>> = {
  'openai/auth/workload-identity-auth.mjs': 'WorkloadIdentityAuth',
  'openai/lib/EventStream.mjs': 'EventStream',
};

const omitUnused: Plugin = {
  name: 'omit-unused',
  enforce: 'pre',
  load(id) {
    const name = unused[packagePath(id)];
    return name === undefined ? null : `export class ${name} {}`;
  },
};

/** A format of dates that Nest's own loggers make when they are loaded; the server has another logger. Making one loads `Intl`:
 *  30 ms of CPU time and 8 MB. */
const dateFormat = /^const dateTimeFormatter = (new Intl[^;]+);$/m;

const makeDateFormatLater: Plugin = {
  name: 'make-date-format-later',
  enforce: 'pre',
  transform(code, id) {
    if (!/^@nestjs\/common\/services\/(console-)?logger\.service\.js$/.test(packagePath(id))) return;
    if (!dateFormat.test(code)) throw new Error(`${id} makes no dateTimeFormatter. Is this plugin still needed?`);
    return code.replace(dateFormat, 'const dateTimeFormatter = { format: (date) => $1.format(date) };');
  },
};

/** Returns the path of a module of a dependency, from the package's name on. */
function packagePath(id: string): string {
  return id.split('/node_modules/').at(-1) ?? '';
}

/** Escapes what is not ASCII: V8 keeps a file of ASCII in half the memory, and reads it faster. */
const writeAscii: Plugin = {
  name: 'write-ascii',
  generateBundle(_, files) {
    for (const file of Object.values(files)) {
      if (file.type === 'chunk') file.code = file.code.replace(/[^\0-\x7f]/g, escapeOf);
    }
  },
};

function escapeOf(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

async function bundle(
  input: Record<string, string>,
  config: Pick<InlineConfig, 'ssr' | 'plugins'>,
  outDir: string,
): Promise<void> {
  const output = {
    format: 'cjs' as const,
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    strictExecutionOrder: true,
    comments: { legal: true, annotation: false, jsdoc: false },
  };
  await build({
    ...config,
    root: `${root}backend`,
    configFile: false,
    logLevel: 'error',
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
