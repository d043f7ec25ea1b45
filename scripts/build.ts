// Builds `server` (protocol, client and backend by tsc), `web` (the page by vite), or both; skips what is up to date.
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, globSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { type RunResult, root, run, secondsSince } from './run.ts';

const page = `${root}backend/dist/page/`;
const stamp = `${page}.build-stamp`;
const webSources = [
  'frontend/src/**/*.*',
  'frontend/public/**/*.*',
  'frontend/diagram/**/*.*',
  'frontend/*.*',
  'packages/{protocol,client}/src/**/*.*',
  'packages/{protocol,client}/package.json',
  'package-lock.json',
  'tsconfig.base.json',
];

const parts: Record<string, () => Promise<RunResult>> = {
  server: buildServer,
  web: buildWeb,
};

/** Builds the named parts (all when none is named) and prints one line. Returns whether the build succeeded.
 *  @throws {Error} for an unknown part. */
export async function build(names: readonly string[] = []): Promise<boolean> {
  const wanted = names.length === 0 ? Object.keys(parts) : names;
  const began = performance.now();
  const results = await Promise.all(wanted.map(buildPart));
  for (const { ok, output } of results) if (!ok) console.error(output);
  const ok = results.every((result) => result.ok);
  console.log(`${ok ? 'Built' : 'Could not build'} ${wanted.join(' and ')} in ${secondsSince(began).toFixed(1)} s`);
  return ok;
}

function buildPart(name: string): Promise<RunResult> {
  const part = parts[name];
  if (part === undefined) throw new Error(`There is no part "${name}". The parts are server and web.`);
  return part();
}

async function buildServer(): Promise<RunResult> {
  const result = await run(['tsc', '-b', 'packages/protocol', 'packages/client', 'backend']);
  if (!result.ok || areBundlesNew()) return result;
  return run(['node', 'scripts/bundles.ts']);
}

/** Whether the bundles were made from what `tsc` has compiled last. */
function areBundlesNew(): boolean {
  const bundle = `${root}backend/bundle/main.js`;
  return existsSync(bundle) && statSync(bundle).mtimeMs > statSync(`${root}backend/dist/.tsbuildinfo`).mtimeMs;
}

async function buildWeb(): Promise<RunResult> {
  const hash = hashOfSources();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return { ok: true, output: '' };
  const built = await run(['vite', 'build', 'frontend', '--logLevel', 'warn']);
  if (!built.ok) return built;
  const diagram = await run(['vite', 'build', 'frontend/diagram', '--logLevel', 'warn']); // into the folder of the page
  copyApiDocs();
  compressPage();
  if (diagram.ok) writeFileSync(stamp, hash);
  return diagram;
}

/** Copies what the page `/api/docs` loads. */
function copyApiDocs(): void {
  const folder = `${page}api-docs/`;
  mkdirSync(folder, { recursive: true });
  for (const file of ['swagger-ui.css', 'swagger-ui-bundle.js']) {
    copyFileSync(`${root}node_modules/swagger-ui-dist/${file}`, folder + file);
  }
  writeFileSync(`${folder}start.js`, startApiDocs);
}

/** Writes a gzip file beside each text file; the server sends it to browsers that accept it. */
function compressPage(): void {
  for (const path of globSync('**/*.{html,js,css,svg,webmanifest}', { cwd: page })) {
    writeFileSync(`${page}${path}.gz`, gzipSync(readFileSync(page + path), { level: 9 }));
  }
}

const startApiDocs = `window.ui = SwaggerUIBundle({ url: '/api/openapi.json', dom_id: '#swagger-ui', validatorUrl: null });\n`;

function hashOfSources(): string {
  const hash = createHash('sha256');
  const isTest = (path: string) => /\.test\.tsx?$/.test(path);
  for (const path of globSync(webSources, { cwd: root, exclude: isTest }).sort()) {
    hash
      .update(`${path}\0`)
      .update(readFileSync(root + path))
      .update('\0');
  }
  return hash.digest('hex');
}

if (import.meta.main) process.exitCode = (await build(process.argv.slice(2))) ? 0 : 1;
