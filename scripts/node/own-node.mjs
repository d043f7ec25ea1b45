// Which Node the commands of this repository run on: the machine's own where it is new enough, else the one that npm has
// installed. Plain JavaScript without dependencies, as setup.mjs, which uses it on Node 20.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The files by which npm puts its Node before the machine's own, on any platform. */
const links = ['node', 'node.cmd', 'node.ps1'];

/** Whether the commands run on a version: it runs their TypeScript and the `using` of the tests. The server itself runs on
 *  older ones as well (backend/src/config/node-version.ts). */
function isNewEnough(version) {
  return Number(/^v?(\d+)\./.exec(version)?.[1]) >= 24;
}

/** Returns the version of the machine's own Node: the first on `path`, apart from those in `node_modules`. */
function ownVersion(path = process.env.PATH ?? '') {
  const own = path.split(delimiter).filter((folder) => !/[\\/]node_modules[\\/]/.test(`${folder}/`));
  const { stdout } = spawnSync('node', ['--version'], {
    env: { ...process.env, PATH: own.join(delimiter) },
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  return stdout?.trim() || undefined;
}

/** Removes npm's Node from `node_modules/.bin` where the machine's own is new enough, and puts it back where it is not.
 *  @param root the root folder of the repository. */
export function chooseNode(root) {
  const version = ownVersion();
  const bin = join(root, 'node_modules/.bin');
  if (version !== undefined && isNewEnough(version)) {
    for (const link of links) rmSync(join(bin, link), { force: true });
  } else if (!links.some((link) => existsSync(join(bin, link)))) {
    putBack(root);
  }
}

/** Links the installed package again, as `npm ci` has. */
function putBack(root) {
  const { optionalDependencies = {} } = readJson(join(root, 'package.json'));
  const name = Object.keys(optionalDependencies).find((one) => existsSync(join(root, 'node_modules', one)));
  if (name === undefined) return; // npm was told to omit it
  if (process.platform === 'win32') spawnSync('npm', ['rebuild', '--ignore-scripts', name], { cwd: root, shell: true });
  else
    symlinkSync(
      join('..', name, readJson(join(root, 'node_modules', name, 'package.json')).bin.node),
      join(root, 'node_modules/.bin/node'),
    );
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
