// The processes of a run: upstream, load and databases once, a server for each measurement.
import { type Postgres, type Redis, startPostgres, startRedis } from '@sillage/testing';
import type { Figure } from '../figures/figure.ts';
import type { LoadVerbs } from '../load/load.ts';
import type { Environment, Peer } from '../servers/peers.ts';
import type { UpstreamVerbs } from '../upstream/upstream.ts';
import { type Remote, startChild } from './child.ts';
import { childrenOf, cores, pin } from './machine.ts';

/** The processes of a run. The caller that opens it disposes of it. */
export interface Testbed {
  readonly environment: Environment;
  readonly load: Remote<LoadVerbs>;
  /** Starts the server alone on its core, measures, and ends it. */
  measure(peer: Peer, figure: Figure, options: { isQuick: boolean }): Promise<Record<string, number>>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts the upstream and the load, and a database when a server first needs it. */
export async function openTestbed(): Promise<Testbed> {
  const upstream = await startChild<UpstreamVerbs>('upstream/upstream.ts');
  const load = await startChild<LoadVerbs>('load/load.ts');
  let redis: Promise<Redis> | undefined;
  let postgres: Promise<Postgres> | undefined;
  const environment: Environment = {
    upstreamUrl: await upstream.listen(),
    redis: () => (redis ??= startRedis().then(aside)),
    postgres: () => (postgres ??= startPostgres().then(aside)),
  };
  const closeAll = async () => {
    await load.closeAll();
    await upstream.hangUp();
  };
  return {
    environment,
    load,
    async measure(peer, figure, { isQuick }) {
      const subject = await peer.start(environment);
      if (subject.pid !== process.pid) pin(subject.pid, cores.server);
      try {
        return await figure.measure({ subject, load, closeAll, isQuick });
      } finally {
        await closeAll();
        await subject.end();
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([upstream.end(), load.end(), (await redis)?.stop(), (await postgres)?.stop()]);
    },
  };
}

/** Moves a database to the core of the upstream and the load. */
function aside<Database extends { readonly pid: number }>(database: Database): Database {
  for (const process of [database.pid, ...childrenOf(database.pid)]) pin(process, cores.others);
  return database;
}
