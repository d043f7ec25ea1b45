// A PostgreSQL of the test's own: in a temporary folder, on a free port, never as root, which PostgreSQL rejects. Its
// databases use the collation en-US (ICU), as most deployments use a linguistic one, not byte order.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { end, freeze, thaw, untilReady } from './child-process.ts';
import { freePort } from './free-port.ts';
import { removeFolder, tempFolder } from './temp-folder.ts';

const execute = promisify(execFile);

/** A running PostgreSQL. */
export interface Postgres {
  /** URL of its database `postgres`, which is empty at first. */
  readonly url: string;
  /** Process id of the latest start. */
  readonly pid: number;
  /** Creates a new, empty database and returns its URL. */
  createDatabase(): Promise<string>;
  /** Shuts it down in an orderly way and removes its folder. */
  stop(): Promise<void>;
  /** Kills it (SIGKILL); its folder stays, for `restart`. */
  kill(): Promise<void>;
  /** Starts it again with the same folder and port. A running one is killed first. */
  restart(): Promise<void>;
  /** Pauses all its processes (SIGSTOP): its connections stay open, and it does not respond. */
  pause(): void;
  /** Ends `pause`. */
  resume(): void;
}

/** Starts a PostgreSQL: the one at `POSTGRES_PATH`, or else the newest that Debian has installed.
 *  @throws {Error} with its output, when it is not ready in time. */
export async function startPostgres(): Promise<Postgres> {
  const bin = dirname(realpathSync(findPostgres())); // its tools are beside the real file, not beside a link to it
  const owner = ownerOfData();
  const folder = tempFolder('sillage-postgres-');
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid);
  const data = join(folder, 'data');
  await execute(join(bin, 'initdb'), ['-D', data, ...initial], { ...owner, cwd: folder });
  const port = await freePort();
  const address = ['-h', '127.0.0.1', '-p', `${port}`, '-U', 'sillage'];
  const launch = async () => {
    const settings = ['-p', `${port}`, '-k', folder, '-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off'];
    const child = spawn(join(bin, 'postgres'), ['-D', data, ...settings], { ...owner, cwd: folder });
    const ask = () => execute(join(bin, 'psql'), [...address, '-d', 'postgres', '-c', 'select 1']);
    // SIGQUIT: immediate, and also ends its child processes and frees its shared memory
    await untilReady(child, { name: 'PostgreSQL', ask, lastSignal: 'SIGQUIT' });
    return child;
  };
  let child = await launch();
  let databases = 0;
  return {
    url: urlOf(port, 'postgres'),
    get pid() {
      return child.pid ?? 0;
    },
    createDatabase: async () => {
      const name = `database_${++databases}`;
      await execute(join(bin, 'createdb'), [...address, name]);
      return urlOf(port, name);
    },
    stop: async () => {
      await end(child, 'SIGINT');
      removeFolder(folder);
    },
    kill: () => end(child, 'SIGKILL'),
    restart: async () => {
      await end(child, 'SIGKILL');
      child = await launch();
    },
    pause: () => freeze(child),
    resume: () => thaw(child),
  };
}

const initial = ['-U', 'sillage', '-A', 'trust', '-E', 'UTF8', '--no-sync', '--locale=C'].concat(
  ['--locale-provider=icu', '--icu-locale=en-US'], // the default would be byte order
);

function urlOf(port: number, database: string): string {
  return `postgres://sillage@127.0.0.1:${port}/${database}`;
}

function findPostgres(): string {
  const { POSTGRES_PATH } = process.env;
  if (POSTGRES_PATH) return POSTGRES_PATH;
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const found = versions.map((version) => join(debian, version, 'bin/postgres')).find((path) => existsSync(path));
  if (found === undefined) throw new Error('There is no PostgreSQL. Install it, or say by POSTGRES_PATH where it is.');
  return found;
}

/** Returns the user that PostgreSQL runs as: the current one or, for root, the user that its package created. */
function ownerOfData(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (option: string) => Number(execFileSync('id', [option, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}
