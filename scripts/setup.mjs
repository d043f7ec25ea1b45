// Installs the dependencies unless those of the lockfile are installed, then runs the script named behind it.
// Plain JavaScript without dependencies: it starts on the system's Node 20, before node_modules exists. What it runs gets
// the Node that node/own-node.mjs chooses. (`a && b` in one shell would not: a shell remembers where it found `node`.)
import { spawnSync } from 'node:child_process';
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isInstalled } from './installed.mjs';
import { chooseNode } from './node/own-node.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

if (!isInstalled(root)) {
  const env = { ...process.env };
  // With these, `npm test -w <workspace>` would install that workspace alone.
  for (const name of Object.keys(env))
    if (/^npm_config_(workspaces?|include_workspace_root)$/.test(name)) delete env[name];
  console.error('Installing the dependencies (once, about a minute) ...');
  const shell = process.platform === 'win32';
  const { status } = spawnSync('npm', ['ci'], { cwd: root, env, shell, stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(status ?? 1);
}

chooseNode(root);

const next = process.argv.slice(2);
if (next.length > 0) {
  const env = { ...process.env, PATH: `${root}node_modules/.bin${delimiter}${process.env.PATH}` };
  const { status } = spawnSync('node', next, { cwd: root, env, stdio: 'inherit' });
  process.exitCode = status ?? 1;
}
