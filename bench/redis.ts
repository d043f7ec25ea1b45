// A Redis of the run's own: nothing on disk, a port of its own, beside the upstream and the load.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { freePort } from '@sillage/testing';
import { cores, pin } from './machine.ts';

/** Is a Redis that answers. */
export interface BenchRedis {
  readonly url: string;
  end(): Promise<void>;
}

/** Starts `redis-server`.
 *  @throws {Error} when the machine has none. */
export async function startRedis(): Promise<BenchRedis> {
  const port = await freePort();
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child, 'spawn');
  const killed = () => child.kill('SIGKILL');
  process.once('exit', killed);
  const exited = once(child, 'exit').then(() => void process.off('exit', killed));
  pin(child.pid ?? 0, cores.others);
  const lines = createInterface(child.stdout);
  for await (const line of lines) if (line.includes('Ready to accept connections')) break;
  child.stdout.resume();
  const end = async () => {
    killed();
    await exited;
  };
  return { url: `redis://127.0.0.1:${port}`, end };
}
