// The Redis of a run: nothing on disk, its own port, on the core of the upstream and the load.
import { startRedis as start } from '@sillage/testing';
import { cores, pin } from './machine.ts';

/** A running Redis. */
export interface BenchRedis {
  readonly url: string;
  end(): Promise<void>;
}

/** Starts `redis-server`.
 *  @throws {Error} when it is not installed. */
export async function startRedis(): Promise<BenchRedis> {
  const { url, pid, stop } = await start();
  pin(pid, cores.others);
  return { url, end: stop };
}
