// Programs that the tests need and npm cannot give. On Debian they are installed where we may; elsewhere they are named.
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './run.mjs';

/** Lists where Debian keeps PostgreSQL, newest first: not on the path. Asked anew once it was installed. */
function debianPostgres() {
  const folder = '/usr/lib/postgresql';
  const versions = existsSync(folder) ? readdirSync(folder).sort((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => join(folder, version, 'bin/postgres'));
}

// A further program is a further line: what it is called here and there, and the Debian package that holds it.
const programs = {
  chromium: {
    package: 'chromium',
    names: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    paths: ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'],
    variable: 'CHROMIUM_PATH',
  },
  nginx: { package: 'nginx', names: ['nginx'], paths: [], variable: 'NGINX_PATH' },
  openssl: { package: 'openssl', names: ['openssl'], paths: [], variable: 'OPENSSL_PATH' },
  postgres: { package: 'postgresql', names: ['postgres'], paths: debianPostgres, variable: 'POSTGRES_PATH' },
  redis: { package: 'redis-server', names: ['redis-server'], paths: [], variable: 'REDIS_PATH' },
};

/** Makes sure that the programs are here, and returns the environment variables that say where.
 *  Throws an error that names what a person has to install. */
export async function ensurePrograms(names) {
  const missing = names.filter((name) => !find(programs[name]) && !process.env[programs[name].variable]);
  if (missing.length > 0 && process.getuid?.() === 0 && onPath('apt-get')) {
    const packages = missing.map((name) => programs[name].package);
    console.log(`Installing ${packages.join(', ')} (once) ...`);
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    await run(['apt-get', 'update', '-qq'], { env });
    const { ok, output } = await run(['apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...packages], {
      env,
    });
    if (!ok) console.error(output);
  }
  return Object.fromEntries(names.map((name) => [programs[name].variable, foundOrThrow(name)]));
}

function foundOrThrow(name) {
  const { package: debianPackage, variable } = programs[name];
  const found = find(programs[name]);
  if (found) return found;
  throw new Error(
    `The tests need ${name}, which is not here. Install it (Debian, Ubuntu: apt-get install ${debianPackage}), ` +
      `or say by ${variable} where it is.`,
  );
}

function find({ names, paths, variable }) {
  const given = process.env[variable];
  if (given) return existsSync(given) ? given : undefined;
  return (
    names.map(onPath).find(Boolean) ?? (typeof paths === 'function' ? paths() : paths).find((path) => existsSync(path))
  );
}

function onPath(name) {
  const folders = (process.env.PATH ?? '').split(delimiter).concat('/usr/bin', '/usr/sbin');
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}
