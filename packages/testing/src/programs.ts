// Programs that tests start and npm cannot install. `npm run setup` (scripts/system-packages.ts) installs them on Debian.
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A program: its file names, most wanted first, and where else it may be. */
interface Program {
  readonly debianPackage: string;
  readonly names: readonly [string, ...string[]];
  /** Returns places outside PATH. Called again after an installation. */
  readonly paths?: () => readonly string[];
  /** The environment variable that names another place. */
  readonly variable: string;
}

/** Every program that a test may start. */
export const programs = {
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

/** The name of a program that a test may start. */
export type ProgramName = keyof typeof programs;

/** What a search for a program reads. */
export interface SearchedSystem {
  readonly env?: NodeJS.ProcessEnv;
  readonly exists?: (path: string) => boolean;
}

/** Returns the path of a program: the one that its variable names, or else the first that is found. Undefined if it is not
 *  installed. */
export function findProgram(
  name: ProgramName,
  { env = process.env, exists = existsSync }: SearchedSystem = {},
): string | undefined {
  const { names, paths, variable }: Program = programs[name];
  const given = env[variable];
  if (given) return exists(given) ? given : undefined;
  const folders = (env.PATH ?? '').split(delimiter).concat('/usr/bin', '/usr/sbin');
  const onPath = names.flatMap((file) => folders.map((folder) => join(folder, file)));
  return [...onPath, ...(paths?.() ?? [])].find(exists);
}

/** Returns the path of a program.
 *  @throws {Error} that says how to install it. */
export function programPath(name: ProgramName, system: SearchedSystem = {}): string {
  const path = findProgram(name, system);
  if (path !== undefined) return path;
  const { names, variable } = programs[name];
  const given = (system.env ?? process.env)[variable];
  if (given) throw new Error(`${variable} is ${given}, which does not exist.`);
  throw new Error(`${names[0]} is not installed: run \`npm run setup\`, or set ${variable} to its path.`);
}

/** Returns where Debian puts PostgreSQL, newest first; it is not on PATH. */
function debianPostgres(): string[] {
  const folder = '/usr/lib/postgresql';
  const versions = existsSync(folder) ? readdirSync(folder).sort((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => join(folder, version, 'bin/postgres'));
}
