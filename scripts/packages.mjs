// Packs what is published and looks at it as others will get it: do its entries exist, and do its types resolve?
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, secondsSince } from './run.mjs';

const published = ['packages/protocol', 'packages/client', 'backend'];

/** Packs every published package (which must be compiled) and runs publint and attw on it. */
export async function checkPackages() {
  const began = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'sillage-packages-'));
  const failures = [];
  for (const path of published) {
    const failure = await failureOf(path, folder);
    if (failure) failures.push(`${path}:\n${failure}`);
  }
  rmSync(folder, { recursive: true, force: true });
  return { ok: failures.length === 0, output: failures.join('\n'), seconds: secondsSince(began) };
}

async function failureOf(path, folder) {
  const packed = await run(['npm', 'pack', `./${path}`, '--ignore-scripts', '--silent', '--pack-destination', folder]);
  if (!packed.ok) return packed.output;
  const tarball = join(folder, packed.output.trim().split('\n').at(-1));
  const results = await Promise.all([
    run(['publint', 'run', tarball, '--strict']),
    run(['attw', tarball, '--profile', 'esm-only', '--no-color', '--no-emoji']),
  ]);
  return results
    .filter(({ ok }) => !ok)
    .map(({ output }) => output)
    .join('\n');
}
