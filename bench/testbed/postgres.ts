// The PostgreSQL of a run, on the core of the upstream and the load.
import { startPostgres as start } from '@sillage/testing';
import { childrenOf, cores, pin } from './machine.ts';

/** A running PostgreSQL. */
export interface BenchPostgres {
  /** Makes a new, empty database and returns its URL. */
  createDatabase(): Promise<string>;
  end(): Promise<void>;
}

/** Starts PostgreSQL without fsync: on a shared machine the bench would measure the disk.
 *  @throws {Error} when it is not installed. */
export async function startPostgres(): Promise<BenchPostgres> {
  const { pid, createDatabase, stop } = await start();
  for (const process of [pid, ...childrenOf(pid)]) pin(process, cores.others);
  return { createDatabase, end: stop };
}
