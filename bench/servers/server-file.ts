// Starts one of the small servers of this folder, which print their port when they listen.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Starts a file with the variables `env` and resolves when it listens.
 *  @throws {Error} when it exits instead. */
export async function startFile(file: string, env: Record<string, string>) {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [file], {
    cwd: import.meta.dirname,
    env: { PATH, HOME, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const killed = () => child.kill('SIGKILL');
  process.once('exit', killed);
  const exited = once(child, 'exit').then(() => void process.off('exit', killed));
  const end = async () => {
    killed();
    await exited;
  };
  for await (const line of createInterface(child.stdout)) {
    const port = Number(line.match(/^listening (\d+)$/)?.[1]);
    if (port) return { port, pid: child.pid ?? 0, end };
  }
  throw new Error(`${file} ended before it listened.`);
}
