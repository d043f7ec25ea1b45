// Installs the dependencies when the lockfile has changed since the last time, then runs the script named behind it.
// Runs on the system's Node; what it runs gets the project's own (`a && b` in one shell would not: it remembers `node`).
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { environment, root } from './run.mjs';

const stamp = `${root}node_modules/.setup-stamp`;
const wanted = createHash('sha256')
  .update(readFileSync(`${root}package-lock.json`))
  .digest('hex');

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
  const env = { ...process.env };
  // `npm test -w <workspace>` would otherwise install that workspace alone.
  for (const name of Object.keys(env))
    if (/^npm_config_(workspaces?|include_workspace_root)$/.test(name)) delete env[name];
  console.error('Installing the dependencies (once, about a minute) ...');
  const shell = process.platform === 'win32';
  const { status } = spawnSync('npm', ['ci'], { cwd: root, env, shell, stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(stamp, wanted);
}

const next = process.argv.slice(2);
if (next.length > 0) {
  const { status } = spawnSync('node', next, { cwd: root, env: environment, stdio: 'inherit' });
  process.exitCode = status ?? 1;
}
