// A PostgreSQL of the test's own: in a temporary folder, on a free port, never as root, which PostgreSQL rejects. Its
// databases use the collation en-US (ICU), as most deployments use a linguistic one, not byte order.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, realpathSync, renameSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { end, freeze, thaw, untilReady } from '../processes/child-process.ts';
import { freePort } from '../processes/free-port.ts';
import { programPath } from '../programs.ts';
import { removeFolder, tempFolder } from '../temp-folder.ts';
import { connectPostgres } from './postgres-connection.ts';

const execute = promisify(execFile);
const cache = resolve(import.meta.dirname, '../../../../node_modules/.cache/sillage');

/** The system user that PostgreSQL runs as. */
interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** A running PostgreSQL. */
export interface Postgres {
  /** URL of its database `postgres`, which is empty at first. */
  readonly url: string;
  /** Process id of the latest start. */
  readonly pid: number;
  /** Creates a new database and returns its URL. It is empty, or a copy of one that `prepare` has filled, which runs once. */
  createDatabase(prepare?: (url: string) => Promise<void>): Promise<string>;
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

/** Starts a PostgreSQL.
 *  @throws {Error} when it is not installed; with its output, when it ends or is not ready in time. */
export async function startPostgres(): Promise<Postgres> {
  const bin = dirname(realpathSync(programPath('postgres'))); // its tools are beside the real file, not beside a link to it
  const owner = ownerOfData();
  const folder = tempFolder('sillage-postgres-');
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid);
  const data = join(folder, 'data');
  await execute('cp', ['-a', await initialData(bin, owner), data]);
  const port = await freePort();
  const address = ['-h', '127.0.0.1', '-p', `${port}`, '-U', 'sillage'];
  const launch = async () => {
    const settings = ['-p', `${port}`, '-k', folder, '-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off'];
    const child = spawn(join(bin, 'postgres'), ['-D', data, ...settings], { ...owner, cwd: folder });
    const probe = () => execute(join(bin, 'psql'), [...address, '-d', 'postgres', '-c', 'select 1']);
    // SIGQUIT: immediate, and also ends its child processes and frees its shared memory
    await untilReady(child, { name: 'PostgreSQL', probe, lastSignal: 'SIGQUIT' });
    return child;
  };
  let child = await launch();
  const createDatabase = databaseCreator(port);
  return {
    url: urlOf(port, 'postgres'),
    get pid() {
      return child.pid ?? 0;
    },
    createDatabase,
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

/** Returns a data folder to copy. It is made once for each version of PostgreSQL and kept between runs, because `initdb`
 *  takes longer than everything else that a start does. */
async function initialData(bin: string, owner: Owner | undefined): Promise<string> {
  const key = createHash('sha256')
    .update([bin, ...initial].join(' '))
    .digest('hex')
    .slice(0, 12);
  const kept = join(cache, `initdb-${key}`);
  if (existsSync(kept)) return kept;
  const folder = tempFolder('sillage-postgres-');
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid);
  await execute(join(bin, 'initdb'), ['-D', join(folder, 'data'), ...initial], { ...owner, cwd: folder });
  const copy = join(cache, `initdb-${basename(folder)}`);
  mkdirSync(cache, { recursive: true });
  await execute('cp', ['-a', join(folder, 'data'), copy]);
  try {
    renameSync(copy, kept);
  } catch (error) {
    if (!existsSync(kept)) throw error;
    removeFolder(copy); // another process made it meanwhile
  }
  return kept;
}

function databaseCreator(port: number): Postgres['createDatabase'] {
  const templates = new Map<(url: string) => Promise<void>, Promise<string>>();
  let databases = 0;
  const create = async (template: string) => {
    const name = `database_${++databases}`;
    const admin = connectPostgres(urlOf(port, 'postgres'));
    await admin.rows(`create database ${name} template ${template} strategy file_copy`);
    await admin.close();
    return name;
  };
  const prepared = async (prepare: (url: string) => Promise<void>) => {
    const name = await create('template1');
    await prepare(urlOf(port, name));
    return name;
  };
  return async (prepare) => {
    if (prepare === undefined) return urlOf(port, await create('template1'));
    const template = templates.get(prepare) ?? prepared(prepare);
    templates.set(prepare, template);
    return urlOf(port, await create(await template));
  };
}

function urlOf(port: number, database: string): string {
  return `postgres://sillage@127.0.0.1:${port}/${database}`;
}

/** Returns the user that PostgreSQL runs as: the current one or, for root, the user that its package created. */
function ownerOfData(): Owner | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (option: string) => Number(execFileSync('id', [option, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}
