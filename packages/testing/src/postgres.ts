// A PostgreSQL of the test's own: in a temp folder, on a free port, never as root, which PostgreSQL refuses to be.
// Its databases sort as people do (ICU, en-US), not by bytes: what holds there holds in most deployments.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { end, freeze, thaw, untilReady } from './child-process.ts';
import { freePort } from './free-port.ts';
import { removeFolder, tempFolder } from './temp-folder.ts';

const execute = promisify(execFile);

/** A PostgreSQL that answers. */
export interface Postgres {
  /** Names the database `postgres` of it, which is empty at first. */
  readonly url: string;
  /** Process id of the latest start. */
  readonly pid: number;
  /** Makes a new, empty database and returns its URL. */
  createDatabase(): Promise<string>;
  /** Ends it as its operator would, and removes its folder. */
  stop(): Promise<void>;
  /** Ends it at once (SIGKILL); its folder stays, for `restart`. */
  kill(): Promise<void>;
  /** Starts it again, with the same folder and port; one that still runs is killed first. */
  restart(): Promise<void>;
  /** Halts it with all its processes (SIGSTOP): its connections stay up, and nobody answers. */
  pause(): void;
  /** Ends `pause`. */
  resume(): void;
}

/** Starts a PostgreSQL; `POSTGRES_PATH` says which, else the newest that Debian has installed.
 *  @throws {Error} with its output, when it is not ready in time. */
export async function startPostgres(): Promise<Postgres> {
  const bin = dirname(realpathSync(findPostgres())); // its tools are beside it, not beside a link to it
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
    // SIGQUIT: at once, but with its own processes and shared memory
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
  ['--locale-provider=icu', '--icu-locale=en-US'], // by bytes is only what else it would be
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

/** Says as whom it runs: as ourselves, or, where we are root, as the user that its package made. */
function ownerOfData(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (option: string) => Number(execFileSync('id', [option, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}
