// A PostgreSQL of the run's own: beside the upstream and the load, as Redis is.
import { startPostgres as start } from '@sillage/testing';
import { childrenOf, cores, pin } from './machine.ts';

/** Is a PostgreSQL that answers. */
export interface BenchPostgres {
  /** Makes a new, empty database and returns its URL. */
  createDatabase(): Promise<string>;
  end(): Promise<void>;
}

/** Starts PostgreSQL. It does not wait for the disk: a bench on shared machines would measure the disk.
 *  @throws {Error} when the machine has none. */
export async function startPostgres(): Promise<BenchPostgres> {
  const { pid, createDatabase, stop } = await start();
  for (const process of [pid, ...childrenOf(pid)]) pin(process, cores.others);
  return { createDatabase, end: stop };
}
