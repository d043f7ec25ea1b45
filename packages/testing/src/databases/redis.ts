// A Redis of the test's own: on a free port and without persistence, so a kill loses all data. A replica is another
// one.
import { execFile, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { end, freeze, thaw, untilReady } from '../processes/child-process.ts';
import { freePort } from '../processes/free-port.ts';
import { programPath } from '../programs.ts';
import { removeFolder, tempFolder } from '../temp-folder.ts';

const execute = promisify(execFile);
const answerWithinMs = 30_000;
const pollMs = 10;

/** A running Redis. */
export interface Redis {
  readonly url: string;
  readonly port: number;
  /** Process id of the latest start. */
  readonly pid: number;
  /** Runs a command and returns its response, one value per line. */
  command(...words: string[]): Promise<string>;
  /** Deletes all keys. */
  flush(): Promise<void>;
  /** Kills it (SIGKILL). */
  kill(): Promise<void>;
  /** Starts it again on the same port, empty. A running one is killed first. */
  restart(): Promise<void>;
  /** Pauses it (SIGSTOP): its connections stay open, and it does not respond. */
  pause(): void;
  /** Ends `pause`. */
  resume(): void;
  /** Shuts it down in an orderly way. */
  stop(): Promise<void>;
}

/** A Redis that replicates another until it is promoted. */
export interface RedisReplica extends Redis {
  /** Promotes it to a master, which accepts writes; it keeps its data. */
  promote(): Promise<void>;
}

/** Starts a Redis.
 *  @throws {Error} when it is not installed; with its output, when it ends or is not ready in time. */
export function startRedis(): Promise<Redis> {
  return launch([]);
}

/** Starts a replica of the server on `port`: a Redis, or a proxy in front of one that can delay replication.
 *  Resolves after the first complete synchronization. */
export async function startReplica({ port }: { port: number }): Promise<RedisReplica> {
  const replica = await launch(['--replicaof', '127.0.0.1', `${port}`, '--repl-diskless-load', 'swapdb']);
  while (!(await replica.command('info', 'replication')).includes('master_link_status:up')) await delay(pollMs);
  const promote = async () => void (await replica.command('replicaof', 'no', 'one'));
  return Object.assign(replica, { promote });
}

/** A Redis Cluster that accepts commands. `url` lists all its nodes, separated by commas. */
export interface RedisCluster {
  readonly url: string;
  readonly nodes: readonly Redis[];
  stop(): Promise<void>;
}

/** Starts a cluster of three masters that share the hash slots. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const nodes = await Promise.all([1, 2, 3].map(() => launch(['--cluster-enabled', 'yes'])));
  const slots = [
    [0, 5460],
    [5461, 10922],
    [10923, 16383],
  ];
  for (const [index, node] of nodes.entries()) {
    await node.command('cluster', 'addslotsrange', ...(slots[index] ?? []).map(String));
    await node.command('cluster', 'set-config-epoch', `${index + 1}`);
    if (index > 0) await node.command('cluster', 'meet', '127.0.0.1', `${nodes[0]?.port}`);
  }
  for (const node of nodes) {
    while (!(await node.command('cluster', 'info')).includes('cluster_state:ok')) await delay(pollMs);
  }
  return {
    url: nodes.map(({ url }) => url).join(','),
    nodes,
    stop: async () => void (await Promise.all(nodes.map((node) => node.stop()))),
  };
}

async function launch(more: readonly string[]): Promise<Redis> {
  const program = programPath('redis');
  const client = join(dirname(program), 'redis-cli');
  const folder = tempFolder('sillage-redis-');
  const port = await freePort();
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, ...settings, ...more];
  const command: Redis['command'] = async (...words) => {
    const { stdout } = await execute(client, ['-p', `${port}`, '-e', ...words], { timeout: answerWithinMs });
    return stdout.trim();
  };
  const begin = async () => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    await untilReady(child, { name: 'Redis', probe: () => command('ping'), lastSignal: 'SIGKILL' });
    return child;
  };
  let child = await begin();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    get pid() {
      return child.pid ?? 0;
    },
    command,
    flush: async () => void (await command('flushall')),
    kill: () => end(child, 'SIGKILL'),
    restart: async () => {
      await end(child, 'SIGKILL');
      child = await begin();
    },
    pause: () => freeze(child),
    resume: () => thaw(child),
    stop: async () => {
      await end(child, 'SIGTERM');
      removeFolder(folder);
    },
  };
}

// No persistence, no delay of 5 s before a replica is served, and no wait for replicas on shutdown.
const settings = ['--save', '', '--appendonly', 'no', '--repl-diskless-sync-delay', '0', '--shutdown-timeout', '0'];
