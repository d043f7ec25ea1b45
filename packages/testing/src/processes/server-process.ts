// The built server as its own process, which tests send requests to, stop, kill and restart.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { JWTPayload } from 'jose';
import { removeFolder, tempFolder } from '../temp-folder.ts';
import { signToken } from '../tokens.ts';
import { atExit } from './at-exit.ts';
import { end, freeze, hasEnded, thaw } from './child-process.ts';
import { freePort } from './free-port.ts';

const root = resolve(import.meta.dirname, '../../../..'); // not from the URL, which is no file URL in jsdom
const readyWithinMs = 120_000; // detects what never happens; a busy machine is slow
const pollMs = 20;

/** Start options. `env` adds settings, and undefined removes a default one. A given `dataDir` is not removed. */
export interface ServerOptions {
  /** The file to run. Default: `backend/bundle/main.js`. */
  main?: string;
  env?: Record<string, string | undefined>;
  dataDir?: string;
  port?: number;
}

/** A ready server. */
export interface ServerProcess {
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  /** Process id of the latest start. */
  readonly pid: number;
  /** Returns the output of all its starts so far. */
  output(): string;
  /** Resolves with the link that it prints for its user once it is ready, if it has no JWT settings. */
  printedLink(): Promise<string>;
  /** Signs a token that this server accepts. */
  token(sub?: string, claims?: JWTPayload): Promise<string>;
  /** Closes the reading ends of its stdout and stderr, so that its further output fails (EPIPE). */
  closeOutput(): void;
  /** Requests its shutdown (SIGTERM) and resolves with its exit code; null if a signal ended it. */
  stop(): Promise<number | null>;
  /** Kills it (SIGKILL). */
  kill(): Promise<void>;
  /** Pauses it (SIGSTOP): its connections stay open, and it makes no progress. */
  freeze(): void;
  /** Ends `freeze`. */
  revive(): void;
  /** Starts it again with the same folder and port. A running one is stopped first. `env` changes settings. */
  restart(env?: ServerOptions['env']): Promise<void>;
  /** Kills it and removes its folder. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts the built server, as `npm start` does, and resolves when `/health/ready` returns 200. It inherits no setting of this
 *  process.
 *  @throws {Error} with its output, when it exits or is not ready in time. */
export async function startServer(options: ServerOptions = {}): Promise<ServerProcess> {
  const dataDir = options.dataDir ?? tempFolder('sillage-server-');
  const port = options.port ?? (await freePort());
  const url = `http://127.0.0.1:${port}`;
  const secret = options.env?.JWT_SECRET ?? randomBytes(32).toString('hex');
  const printed: string[] = [];
  let env = withoutUndefined({ PORT: `${port}`, DATA_DIR: dataDir, JWT_SECRET: secret, ...quiet, ...options.env });
  const main = options.main ?? 'backend/bundle/main.js';
  let child = await launch(url, { main, env, printed });

  return {
    url,
    port,
    dataDir,
    get pid() {
      return child.pid ?? 0;
    },
    output: () => printed.join(''),
    printedLink: async () => {
      for (;;) {
        const [link] = /http:\S+#token=\S+(?=\s)/.exec(printed.join('')) ?? [];
        if (link !== undefined) return link;
        await delay(pollMs);
      }
    },
    token: (sub = 'ada', claims = {}) => signToken({ secret, sub, claims }),
    closeOutput: () => {
      child.stdout?.destroy();
      child.stderr?.destroy();
    },
    stop: async () => {
      await end(child, 'SIGTERM');
      return child.exitCode;
    },
    kill: () => end(child, 'SIGKILL'),
    freeze: () => freeze(child),
    revive: () => thaw(child),
    restart: async (changes = {}) => {
      await end(child, 'SIGTERM');
      env = withoutUndefined({ ...env, ...changes });
      child = await launch(url, { main, env, printed });
    },
    [Symbol.asyncDispose]: async () => {
      await end(child, 'SIGKILL');
      if (options.dataDir === undefined) removeFolder(dataDir);
    },
  };
}

interface Launch {
  main: string;
  env: Record<string, string>;
  printed: string[];
}

/** Default settings. Automatic titles are off, so the model receives only the test's completion requests. */
const quiet = { ai_titles: 'false', log_level: 'warn' };

async function launch(url: string, { main, env, printed }: Launch): Promise<ChildProcess> {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [main], { cwd: root, env: { PATH, HOME, ...env } });
  child.once(
    'exit',
    atExit(() => child.kill('SIGKILL')),
  );
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => printed.push(text));
  }
  for (const deadline = Date.now() + readyWithinMs; !(await isReady(url)); await delay(pollMs)) {
    if (hasEnded(child))
      throw new Error(`The server exited with ${child.exitCode ?? child.signalCode}:\n${printed.join('')}`);
    if (Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`The server was not ready in ${readyWithinMs} ms:\n${printed.join('')}`);
    }
  }
  return child;
}

async function isReady(url: string): Promise<boolean> {
  try {
    const { ok } = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(10_000) });
    return ok;
  } catch {
    return false; // not listening yet
  }
}

function withoutUndefined(env: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
