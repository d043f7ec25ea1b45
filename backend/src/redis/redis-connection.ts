// Creates a connection to Redis or to a Redis Cluster. It reconnects by itself; commands fail at once while it is lost.
import { Cluster, Redis, type RedisOptions } from 'ioredis';

/** A connection to one Redis or to a cluster: commands, publish and subscribe. */
export type RedisConnection = Redis | Cluster;

/** Options of a connection. */
export interface ConnectionOptions {
  /** How long a reply to a command may take. */
  readonly timeoutMs: number;
  /** Whether the commands of one tick are sent together. */
  readonly isPipelined: boolean;
}

const reconnectMs = { min: 50, max: 500 };
const reconnectDelayMs = (attempt: number) => Math.min(reconnectMs.max, reconnectMs.min * attempt);

/** Creates a connection without opening it. Several addresses, separated by commas, are nodes of one cluster. */
export function connectionTo(
  url: string | { readonly options: RedisOptions },
  { timeoutMs, isPipelined }: ConnectionOptions,
): RedisConnection {
  const own = {
    connectTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false, // ioredis does not resubscribe channels requested while disconnected; `RedisLink` does
    maxRetriesPerRequest: 0,
    replyMapping: 'legacy',
    // The master became a replica: after a reconnection its address leads to the new master.
    reconnectOnError: (error: Error) => /^(READONLY|MASTERDOWN)/.test(error.message),
  } satisfies RedisOptions;
  const shared = { lazyConnect: true, enableOfflineQueue: false, enableAutoPipelining: isPipelined };
  if (typeof url !== 'string')
    return new Redis({ ...addressOf(url), ...own, ...shared, retryStrategy: reconnectDelayMs });
  const urls = url.split(',');
  if (urls.length === 1) return new Redis(url, { ...own, ...shared, retryStrategy: reconnectDelayMs });
  const { username, password, protocol } = new URL(url.split(',', 1)[0] ?? '');
  return new Cluster(urls, {
    ...shared,
    clusterRetryStrategy: reconnectDelayMs,
    shardedSubscribers: true,
    redisOptions: {
      ...own,
      ...(username !== '' && { username: decodeURIComponent(username) }),
      ...(password !== '' && { password: decodeURIComponent(password) }),
      ...(protocol === 'rediss:' && { tls: {} }),
    },
  });
}

/** Opens a connection.
 *  @throws the error that closed it, such as a refused password; ioredis emits it, and rejects with one that names no cause. */
export async function connect(connection: RedisConnection): Promise<void> {
  let cause: unknown;
  const keep = (error: unknown) => {
    cause ??= error;
  };
  connection.on('error', keep);
  try {
    await connection.connect();
  } catch (error) {
    throw cause ?? error;
  } finally {
    connection.off('error', keep);
  }
}

/** Returns the address and credentials of a connection, without its behaviour. */
function addressOf({ options }: { readonly options: RedisOptions }): RedisOptions {
  const { host, port, path, db, username, password, tls } = options;
  return { host, port, path, db, username, password, tls } as RedisOptions;
}
