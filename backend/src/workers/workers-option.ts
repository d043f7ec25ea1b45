// The option `--workers` of the server.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { type Config, ConfigError } from '../config/config.ts';

const mostWorkers = 256;

/** Reads the number of workers: `auto` is one for each core that the process may use.
 *  @throws {ConfigError} for an invalid number, without PostgreSQL and Redis, and for ports of metrics that are not free. */
export function workersOf(args: readonly string[], { shared, port, metrics }: Config): number {
  const { workers } = parseArgs({ args: [...args], options: { workers: { type: 'string' } }, strict: false }).values;
  const count = workers === 'auto' ? availableParallelism() : Number(workers);
  if (typeof workers !== 'string' || !Number.isInteger(count) || count < 1 || count > mostWorkers) {
    throw new ConfigError(`--workers must be auto or a whole number from 1 to ${mostWorkers}, such as --workers=4`);
  }
  if (shared === undefined) {
    throw new ConfigError(
      '--workers needs a database that several processes can share: set DATABASE_URL (PostgreSQL), REDIS_URL and JWT_SECRET or JWT_JWKS_URL. The embedded database in DATA_DIR belongs to one process; start it without --workers',
    );
  }
  const { port: first } = metrics;
  const last = (first ?? 0) + count - 1;
  if (first && ((first <= port && port <= last) || last > 65_535)) {
    throw new ConfigError(
      `--workers=${count} takes the ports ${first} to ${last} for metrics, one for each worker: choose metrics_port so that PORT is none of them, and none is above 65535`,
    );
  }
  return count;
}
