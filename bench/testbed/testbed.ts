// The parts of a run: upstream, load and databases beside each other on one core, and a server for each measurement, alone
// on the other.
import { type Postgres, type Redis, startPostgres, startRedis } from '@sillage/testing';
import { type Figure, readReplies } from '../figures/figure.ts';
import { Load } from '../load/load.ts';
import type { Values } from '../report/results.ts';
import type { Peer } from '../servers/peers.ts';
import { startUpstream } from '../upstream/upstream.ts';
import { cores, pin } from './machine.ts';

/** Starts the upstream, and a database when a server first needs it. The caller disposes of it. */
export async function openTestbed() {
  pin(process.pid, cores.others); // the databases inherit it
  const upstream = await startUpstream();
  let redis: Promise<Redis> | undefined;
  let postgres: Promise<Postgres> | undefined;
  const environment = {
    upstreamUrl: upstream.url,
    redis: () => (redis ??= startRedis()),
    postgres: () => (postgres ??= startPostgres()),
  };
  return {
    /** Starts the server, lets its just-in-time compiler warm up, measures, and ends it. */
    async measure(peer: Peer, figure: Figure, { isQuick }: { isQuick: boolean }): Promise<Values> {
      const subject = await peer.start(environment);
      if (subject.pid !== process.pid) pin(subject.pid, cores.server);
      const load = new Load(subject.port);
      const closeAll = () => {
        load.closeAll();
        upstream.hangUp();
      };
      const trial = { subject, load, closeAll, isQuick };
      try {
        for (let i = 0; i < 3; i++) await readReplies(trial, 20, { tokens: 500 });
        return await figure.measure(trial);
      } finally {
        closeAll();
        await subject.end();
      }
    },
    async [Symbol.asyncDispose](): Promise<void> {
      upstream.close();
      await Promise.all([(await redis)?.stop(), (await postgres)?.stop()]);
    },
  };
}
