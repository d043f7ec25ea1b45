// Remote calls between the processes of a run: the parent's side and the child's, in one
// file because they are one contract. A child ends with its parent.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { cores, pin } from './machine.ts';

type Verbs = Record<string, (argument: never) => unknown>;
type Call<V extends Verbs[string]> = (...argument: Parameters<V>) => Promise<Awaited<ReturnType<V>>>;

/** A child process as its parent sees it: the same functions, each with a promise. */
export type Remote<V extends Verbs> = { [K in keyof V]: Call<V[K]> } & { readonly pid: number; end(): Promise<void> };

/** Starts a file of `bench/` as a process that serves the verbs `V`, on another core than the server's. */
export async function startChild<V extends Verbs>(file: string, env: NodeJS.ProcessEnv = {}): Promise<Remote<V>> {
  const options = { serialization: 'advanced', env: { ...process.env, ...env } } as const;
  const child = fork(new URL(`../${file}`, import.meta.url), options);
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  child.on('message', ({ id, result, failure }: { id: number; result: unknown; failure?: string }) => {
    const call = waiting.get(id);
    waiting.delete(id);
    if (failure === undefined) call?.resolve(result);
    else call?.reject(new Error(`${file}: ${failure}`));
  });
  child.on('exit', (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`${file} exited with ${code}`));
  });
  let lastId = 0;
  const send = (verb: string, argument: unknown) => {
    const call = Promise.withResolvers<unknown>();
    waiting.set(++lastId, call);
    child.send({ id: lastId, verb, argument });
    return call.promise;
  };
  await once(child, 'spawn');
  pin(child.pid ?? 0, cores.others);
  return new Proxy({} as Remote<V>, {
    get: (_, name) => {
      if (name === 'then') return undefined; // it is no promise
      if (name === 'pid') return child.pid;
      return name === 'end' ? () => ended(child) : (argument: unknown) => send(String(name), argument);
    },
  });
}

/** Executes the parent's calls until the parent ends. Called once, in the child. */
export function serveParent(verbs: Verbs): void {
  process.on('disconnect', () => process.exit(0));
  process.on('message', async ({ id, verb, argument }: { id: number; verb: string; argument: never }) => {
    try {
      process.send?.({ id, result: await verbs[verb]?.(argument) });
    } catch (error) {
      process.send?.({ id, failure: error instanceof Error ? error.message : String(error) });
    }
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
