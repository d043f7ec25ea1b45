// Installs the dependencies when the lockfile has changed since the last run, then runs the script named behind it.
// Plain JavaScript without dependencies: it starts on the system's Node 20, before node_modules exists. What it runs gets
// the Node that own-node.mjs chooses. (`a && b` in one shell would not: a shell remembers where it found `node`.)
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chooseNode } from './node/own-node.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const stamp = `${root}node_modules/.setup-stamp`;
const wanted = createHash('sha256')
  .update(readFileSync(`${root}package-lock.json`))
  .digest('hex');

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
  const env = { ...process.env };
  // With these, `npm test -w <workspace>` would install that workspace alone.
  for (const name of Object.keys(env))
    if (/^npm_config_(workspaces?|include_workspace_root)$/.test(name)) delete env[name];
  console.error('Installing the dependencies (once, about a minute) ...');
  const shell = process.platform === 'win32';
  const { status } = spawnSync('npm', ['ci'], { cwd: root, env, shell, stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(stamp, wanted);
}

chooseNode(root);

const next = process.argv.slice(2);
if (next.length > 0) {
  const env = { ...process.env, PATH: `${root}node_modules/.bin${delimiter}${process.env.PATH}` };
  const { status } = spawnSync('node', next, { cwd: root, env, stdio: 'inherit' });
  process.exitCode = status ?? 1;
}
