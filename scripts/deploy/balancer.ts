// nginx in front of nodes on this machine, with deploy/nginx.conf: only addresses and folders are replaced.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { programPath, removeFolder, tempFolder } from '@sillage/testing';

const readyWithinMs = 60_000;
const pollMs = 10;

/** A running nginx. The caller that started it disposes of it. */
export interface Balancer extends AsyncDisposable {
  readonly url: string;
  /** Returns the access log so far: one line for each finished request. */
  log(): string;
  /** Returns what it has written to its error log. */
  errors(): string;
}

/** Starts nginx in front of `nodes`, three addresses such as `http://127.0.0.1:3000`.
 *  @throws {Error} when nginx is not installed; with its output, when it does not start. */
export async function startBalancer(nodes: readonly string[], { port }: { port: number }): Promise<Balancer> {
  const folder = tempFolder('sillage-nginx-');
  chmodSync(folder, 0o755); // when this process is root, nginx's workers are another user
  const config = join(folder, 'nginx.conf');
  writeFileSync(config, configOf({ nodes, port, folder }));
  writeFileSync(logIn(folder), '');
  const nginx = programPath('nginx');
  const child = spawn(nginx, ['-p', folder, '-c', config, '-e', 'stderr'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const killIt = () => child.kill('SIGTERM');
  process.on('exit', killIt);
  const printed: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => printed.push(text));
  const closed = once(child, 'close');
  const end = async () => {
    killIt();
    await closed;
    process.off('exit', killIt);
    removeFolder(folder);
  };
  const url = `http://127.0.0.1:${port}`;
  for (const deadline = Date.now() + readyWithinMs; !(await answers(url)); await delay(pollMs)) {
    if (child.exitCode === null && Date.now() < deadline) continue;
    await end();
    throw new Error(`nginx did not start:\n${printed.join('')}`);
  }
  return {
    url,
    log: () => readFileSync(logIn(folder), 'utf8'),
    errors: () => printed.join(''),
    [Symbol.asyncDispose]: end,
  };
}

function configOf({ nodes, port, folder }: { nodes: readonly string[]; port: number; folder: string }): string {
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const folders = kinds.map((kind) => `${kind}_temp_path ${join(folder, kind)};`).join(' ');
  const config = readFileSync(new URL('../../deploy/nginx.conf', import.meta.url), 'utf8')
    .replace('http {', `http { ${folders}`)
    .replace('/dev/stdout', logIn(folder))
    .replace('listen 80;', `listen 127.0.0.1:${port};`)
    .replaceAll(/node-(\d):3000/g, (_, number) => new URL(nodes[Number(number) - 1] ?? '').host);
  return `daemon off; pid ${join(folder, 'pid')};\n${config}`;
}

function logIn(folder: string): string {
  return join(folder, 'access.log');
}

/** Returns whether nginx answers at all; the nodes behind it may still be starting. */
async function answers(url: string): Promise<boolean> {
  try {
    await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(1_000) });
    return true;
  } catch {
    return false; // not listening yet
  }
}
