// Plain JavaScript without dependencies, as scripts/setup.mjs.
import { existsSync, readFileSync } from 'node:fs';

/** Whether `node_modules` holds each package of the lockfile in its version, whoever has installed it. npm lists them there at the
 *  end of each installation. Packages for other platforms are optional, and not installed.
 *  @param {string} root Folder with a slash at its end. */
export function isInstalled(root) {
  const list = `${root}node_modules/.package-lock.json`;
  if (!existsSync(list)) return false;
  const installed = packagesIn(list);
  return Object.entries(packagesIn(`${root}package-lock.json`)).every(([path, { version, optional }]) => {
    if (!path.includes('node_modules/')) return true; // a workspace
    return path in installed ? installed[path]?.version === version : optional === true;
  });
}

/** @param {string} file
 *  @returns {Record<string, { version?: string, optional?: boolean }>} */
function packagesIn(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}
