// The processes of a run: upstream, load and databases once, a server for each measurement.
import { type Remote, startChild } from './child.ts';
import type { Figure } from './figure.ts';
import type { LoadVerbs } from './load.ts';
import { cores, pin } from './machine.ts';
import type { Peer, Surroundings } from './peers.ts';
import { type BenchPostgres, startPostgres } from './postgres.ts';
import { type BenchRedis, startRedis } from './redis.ts';
import type { UpstreamVerbs } from './upstream.ts';

/** Is where measurements take place. Who opens it closes it. */
export interface Stage {
  readonly surroundings: Surroundings;
  readonly load: Remote<LoadVerbs>;
  /** Starts the server alone on its core, measures, and ends it. */
  measure(peer: Peer, figure: Figure, options: { isQuick: boolean }): Promise<Record<string, number>>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts the upstream and the load; a database when a server first needs it. */
export async function openStage({ profileFolder }: { profileFolder?: string } = {}): Promise<Stage> {
  const upstream = await startChild<UpstreamVerbs>('./upstream.ts');
  const load = await startChild<LoadVerbs>('./load.ts');
  let redis: Promise<BenchRedis> | undefined;
  let postgres: Promise<BenchPostgres> | undefined;
  const surroundings: Surroundings = {
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
    surroundings,
    load,
    async measure(peer, figure, { isQuick }) {
      const subject = await peer.start(surroundings);
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
