// Programs that the tests need and npm cannot install. `npm run setup` runs this file: on Debian and as root it installs
// what is missing, elsewhere it names it.
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './run.ts';

interface Program {
  readonly debianPackage: string;
  readonly names: readonly string[];
  /** Returns places outside PATH. Called again after an installation. */
  readonly paths?: () => readonly string[];
  /** The environment variable that names another place, for these scripts and for the tests. */
  readonly variable: string;
}

const programs = {
  caddy: { debianPackage: 'caddy', names: ['caddy'], variable: 'CADDY_PATH' },
  chromium: {
    // The same browser without its windows, which cost more CPU than the pages.
    debianPackage: 'chromium-headless-shell',
    names: ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    paths: () => ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'],
    variable: 'CHROMIUM_PATH',
  },
  haproxy: { debianPackage: 'haproxy', names: ['haproxy'], variable: 'HAPROXY_PATH' },
  nginx: { debianPackage: 'nginx', names: ['nginx'], variable: 'NGINX_PATH' },
  openssl: { debianPackage: 'openssl', names: ['openssl'], variable: 'OPENSSL_PATH' },
  postgres: { debianPackage: 'postgresql', names: ['postgres'], paths: debianPostgres, variable: 'POSTGRES_PATH' },
  redis: { debianPackage: 'redis-server', names: ['redis-server'], variable: 'REDIS_PATH' },
} satisfies Record<string, Program>;

/** The name of a program that tests need. */
export type ProgramName = keyof typeof programs;

/** Programs that only the full tests need. */
export const extraPrograms: readonly ProgramName[] = ['caddy', 'haproxy'];

/** Every program that `npm test` needs. */
export const allPrograms = (Object.keys(programs) as ProgramName[]).filter((name) => !extraPrograms.includes(name));

/** Installs missing programs where that is possible, and says so before it does.
 *  @returns environment variables with the path of each program.
 *  @throws {Error} that names what a person has to install. */
export async function ensurePrograms(names: readonly ProgramName[]): Promise<Record<string, string>> {
  const missing = names.filter((name) => find(programs[name]) === undefined);
  if (missing.length > 0 && process.getuid?.() === 0 && onPath('apt-get')) await install(missing);
  return Object.fromEntries(names.map((name) => [programs[name].variable, pathOf(name)]));
}

async function install(names: readonly ProgramName[]): Promise<void> {
  const packages = names.map((name) => programs[name].debianPackage);
  console.log(`Installing system packages with apt-get, as root: ${packages.join(', ')}`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await run(['apt-get', 'update', '-qq'], { env });
  const command = ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...packages];
  const { ok, output } = await run(command, { env });
  if (!ok) console.error(output);
}

function pathOf(name: ProgramName): string {
  const { debianPackage, variable } = programs[name];
  const path = find(programs[name]);
  if (path !== undefined) return path;
  throw new Error(
    `The tests need ${name}, which is not installed. Install it (Debian, Ubuntu: apt-get install ${debianPackage}), ` +
      `or set ${variable} to its path.`,
  );
}

function find({ names, paths, variable }: Program): string | undefined {
  const given = process.env[variable];
  if (given) return existsSync(given) ? given : undefined;
  return names.map(onPath).find(Boolean) ?? paths?.().find((path) => existsSync(path));
}

function onPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).concat('/usr/bin', '/usr/sbin');
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** Returns where Debian puts PostgreSQL, newest first; it is not on PATH. */
function debianPostgres(): string[] {
  const folder = '/usr/lib/postgresql';
  const versions = existsSync(folder) ? readdirSync(folder).sort((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => join(folder, version, 'bin/postgres'));
}

if (import.meta.main) {
  const found = await ensurePrograms(allPrograms);
  for (const path of Object.values(found)) console.log(path);
}
