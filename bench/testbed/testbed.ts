// The processes of a run: upstream, load and databases once, a server for each measurement.

import type { Figure } from '../figures/figure.ts';
import type { LoadVerbs } from '../load/load.ts';
import type { Environment, Peer } from '../servers/peers.ts';
import type { UpstreamVerbs } from '../upstream/upstream.ts';
import { type Remote, startChild } from './child.ts';
import { cores, pin } from './machine.ts';
import { type BenchPostgres, startPostgres } from './postgres.ts';
import { type BenchRedis, startRedis } from './redis.ts';

/** The processes of a run. The caller that opens it disposes of it. */
export interface Testbed {
  readonly environment: Environment;
  readonly load: Remote<LoadVerbs>;
  /** Starts the server alone on its core, measures, and ends it. */
  measure(peer: Peer, figure: Figure, options: { isQuick: boolean }): Promise<Record<string, number>>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts the upstream and the load, and a database when a server first needs it. */
export async function openTestbed({ profileFolder }: { profileFolder?: string } = {}): Promise<Testbed> {
  const upstream = await startChild<UpstreamVerbs>('upstream/upstream.ts');
  const load = await startChild<LoadVerbs>('load/load.ts');
  let redis: Promise<BenchRedis> | undefined;
  let postgres: Promise<BenchPostgres> | undefined;
  const environment: Environment = {
    upstreamUrl: await upstream.listen(),
    redis: () => (redis ??= startRedis()),
    postgres: () => (postgres ??= startPostgres()),
    ...(profileFolder !== undefined && { profileFolder }),
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
      await Promise.all([upstream.end(), load.end(), (await redis)?.end(), (await postgres)?.end()]);
    },
  };
}
