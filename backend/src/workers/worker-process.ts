// What differs in a worker of `sillage --workers`. A worker is a node like any other: it has its own lease and connections.
import cluster from 'node:cluster';
import type { Config } from '../config/config.ts';

/** The message with which the primary asks a worker to shut down gracefully. */
export const closeWorker = 'close';

/** The message of a worker that accepts requests. */
export interface RunningWorker {
  readonly port: number;
}

/** The variable that holds the number of a worker, from 0. A worker that is started again keeps its number. */
export const workerNumberVariable = 'SILLAGE_WORKER';

/** Returns the settings of this process. The metrics of worker 0 are on `metrics_port`, those of worker 1 on the next port, and
 *  so on. Without that setting there are none: the shared port reaches any worker. */
export function workerConfig(config: Config, environment: NodeJS.ProcessEnv = process.env): Config {
  if (!cluster.isWorker) return config;
  const { port } = config.metrics;
  const number = Number(environment[workerNumberVariable]);
  return { ...config, metrics: { ...config.metrics, isOnServerPort: false, ...(port && { port: port + number }) } };
}
