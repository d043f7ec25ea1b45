// One connection to Redis, or to a Redis Cluster, as this program wants it: it comes back by itself, and what was asked
// while it is away fails at once.
import { Cluster, Redis, type RedisOptions } from 'ioredis';

/** Is what both take: commands, publish and subscribe. */
export type RedisConnection = Redis | Cluster;

/** Says how long an answer may take, and whether the commands of one turn of the event loop leave together. */
export interface ConnectionOptions {
  readonly answerMs: number;
  readonly isPipelined: boolean;
}

const reconnectMs = { least: 50, most: 500 };
const reconnectIn = (times: number) => Math.min(reconnectMs.most, reconnectMs.least * times);

/** Makes a connection that has yet to be opened. Several addresses, separated by commas, are nodes of one cluster. */
export function connectionTo(url: string, { answerMs, isPipelined }: ConnectionOptions): RedisConnection {
  const own = {
    connectTimeout: answerMs,
    socketTimeout: answerMs,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false, // it cannot subscribe to what was asked for while it was away
    maxRetriesPerRequest: 0,
    replyMapping: 'legacy',
    // A master that became a replica: its address leads to the new one by now, or soon.
    reconnectOnError: (error: Error) => /^(READONLY|MASTERDOWN)/.test(error.message),
  } satisfies RedisOptions;
  const shared = { lazyConnect: true, enableOfflineQueue: false, enableAutoPipelining: isPipelined };
  const urls = url.split(',');
  if (urls.length === 1) return new Redis(url, { ...own, ...shared, retryStrategy: reconnectIn });
  const { username, password, protocol } = new URL(url.split(',', 1)[0] ?? '');
  return new Cluster(urls, {
    ...shared,
    clusterRetryStrategy: reconnectIn,
    shardedSubscribers: true,
    redisOptions: {
      ...own,
      ...(username !== '' && { username: decodeURIComponent(username) }),
      ...(password !== '' && { password: decodeURIComponent(password) }),
      ...(protocol === 'rediss:' && { tls: {} }),
    },
  });
}
