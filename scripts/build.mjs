// Builds `server` (protocol, client and backend by tsc), `web` (the page by vite), or both; skips what is up to date.
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { root, run, secondsSince } from './run.mjs';

const stamp = `${root}frontend/dist/.build-stamp`;
const webSources = [
  'frontend/src/**/*.*',
  'frontend/public/**/*.*',
  'frontend/*.*',
  'packages/{protocol,client}/src/**/*.*',
  'packages/{protocol,client}/package.json',
  'package-lock.json',
  'tsconfig.base.json',
];

const parts = {
  server: () => run(['tsc', '-b', 'packages/protocol', 'packages/client', 'backend']),
  web: buildWeb,
};

/** Builds the parts named (none: all) and prints one line; returns whether that worked. */
export async function build(names) {
  const wanted = names.length === 0 ? Object.keys(parts) : names;
  const unknown = wanted.find((name) => !(name in parts));
  if (unknown) throw new Error(`No part is called "${unknown}": server, web`);
  const began = performance.now();
  const results = await Promise.all(wanted.map((name) => parts[name]()));
  for (const { ok, output } of results) if (!ok) console.error(output);
  const ok = results.every((result) => result.ok);
  console.log(`${ok ? 'Built' : 'Could not build'} ${wanted.join(' and ')} in ${secondsSince(began).toFixed(1)} s`);
  return ok;
}

async function buildWeb() {
  const hash = sourcesHash();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return { ok: true };
  const result = await run(['vite', 'build', 'frontend', '--logLevel', 'warn']);
  if (result.ok) writeFileSync(stamp, hash);
  return result;
}

function sourcesHash() {
  const hash = createHash('sha256');
  const isTest = (path) => /\.test\.tsx?$/.test(path);
  for (const path of globSync(webSources, { cwd: root, exclude: isTest }).sort()) {
    hash
      .update(`${path}\0`)
      .update(readFileSync(root + path))
      .update('\0');
  }
  return hash.digest('hex');
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = (await build(process.argv.slice(2))) ? 0 : 1;
}
