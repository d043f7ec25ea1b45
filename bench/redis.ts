// A Redis of the run's own: nothing on disk, a port of its own, beside the upstream and the load.
import { startRedis as start } from '@sillage/testing';
import { cores, pin } from './machine.ts';

/** Is a Redis that answers. */
export interface BenchRedis {
  readonly url: string;
  end(): Promise<void>;
}

/** Starts `redis-server`.
 *  @throws {Error} when the machine has none. */
export async function startRedis(): Promise<BenchRedis> {
  const { url, pid, stop } = await start();
  pin(pid, cores.others);
  return { url, end: stop };
}
