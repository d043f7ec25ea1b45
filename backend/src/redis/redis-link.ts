// The connections to Redis: one for commands, one for subscriptions. Both reconnect by themselves. Commands fail at once
// while the connection is lost, as only the caller knows whether to retry.
import { Logger } from '@nestjs/common';
import { StreamError } from '@sillage/protocol';
import type { RedisOptions } from 'ioredis';
import { connect, connectionTo, type RedisConnection } from './redis-connection.ts';

/** Options of the link. */
export interface RedisLinkOptions {
  /** Several addresses, separated by commas, are nodes of one cluster. A connection of the application stands for its address
   *  and credentials. */
  readonly url: string | { readonly options: RedisOptions };
  /** How long a reply to a command may take before the connection is closed. */
  readonly timeoutMs: number;
}

/** The oldest version with sharded publish, which a cluster needs. */
const minVersion = 7;
/** Attempts to connect at the start, each for `timeoutMs`: a process that loads its modules on a busy machine reads a response
 *  too late. */
const mostAttempts = 5;
/** A channel that stays subscribed: after the last shard channel is unsubscribed, ioredis leaves subscriber mode and drops
 *  the messages of all other channels. */
const keptShardChannel = 'sillage:kept';

/** Owns both connections. The commands of one tick are sent together. */
export class RedisLink {
  readonly commands: RedisConnection;
  readonly #subscriber: RedisConnection;
  readonly #logger = new Logger('Redis');
  readonly #channels = new Map<string, (message: string) => void>();
  readonly #shardChannels = new Map<string, (message: string) => void>([[keptShardChannel, () => {}]]);
  readonly #onReady = new Set<() => void>();
  readonly #pings: NodeJS.Timeout;
  #isLost = false;
  #isClosed = false;

  private constructor({ url, timeoutMs }: RedisLinkOptions) {
    this.commands = connectionTo(url, { timeoutMs, isPipelined: true });
    this.#subscriber = connectionTo(url, { timeoutMs, isPipelined: false });
    for (const client of [this.commands, this.#subscriber]) client.on('error', () => {}); // `close` and `ready` are logged
    this.commands.on('close', () => this.#notifyLost());
    this.commands.on('ready', () => this.#notifyReady());
    this.#subscriber.on('message', (channel: string, message: string) => this.#channels.get(channel)?.(message));
    this.#subscriber.on('smessage', (channel: string, message: string) => this.#shardChannels.get(channel)?.(message));
    this.#subscriber.on('ready', () => this.#resubscribe());
    // A connection that only receives has no pending reply that could time out: pings detect that it is dead.
    this.#pings = setInterval(() => void this.#subscriber.ping().catch(() => {}), timeoutMs);
  }

  /** Connects.
   *  @throws {StreamError} `storage` when Redis is unreachable or too old. */
  static async open(options: RedisLinkOptions): Promise<RedisLink> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await RedisLink.#connect(options);
      } catch (error) {
        if (attempt === mostAttempts || !isTimeout(error as Error)) throw error;
      }
    }
  }

  static async #connect(options: RedisLinkOptions): Promise<RedisLink> {
    const link = new RedisLink(options);
    const hosts = hostsOf(options.url);
    try {
      await Promise.all([connect(link.commands), connect(link.#subscriber)]);
      const [, version = '0'] = /redis_version:(\d+)/.exec(await link.commands.info('server')) ?? [];
      if (Number(version) >= minVersion) return link;
    } catch (error) {
      link.close();
      const message = `Redis at ${hosts.join(', ')} cannot be reached (${(error as Error).message}). Start it, or correct REDIS_URL.`;
      throw new StreamError('storage', message, { cause: error });
    }
    link.close();
    throw new StreamError('storage', `Redis at ${hosts.join(', ')} is too old. Use version ${minVersion} or later.`);
  }

  /** Whether commands have a connection. */
  get isReady(): boolean {
    return this.commands.status === 'ready';
  }

  /** Calls `listener` after each reconnection, as messages published meanwhile are lost. */
  onReady(listener: () => void): void {
    this.#onReady.add(listener);
  }

  /** Publishes to every node without a guarantee of delivery. */
  publish(channel: string, message: string): void {
    void this.commands.publish(channel, message).catch(() => {});
  }

  /** Subscribes to a channel for the lifetime of the link. */
  subscribe(channel: string, onMessage: (message: string) => void): void {
    this.#channels.set(channel, onMessage);
    void this.#subscriber.subscribe(channel).catch(() => {}); // the next reconnection subscribes again
  }

  /** Subscribes to a channel in the shard of its hash tag; the returned function unsubscribes. */
  subscribeInShard(channel: string, onMessage: (message: string) => void): () => void {
    this.#shardChannels.set(channel, onMessage);
    void this.#subscriber.ssubscribe(channel).catch(() => {});
    return () => {
      this.#shardChannels.delete(channel);
      void this.#subscriber.sunsubscribe(channel).catch(() => {});
    };
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#pings);
    for (const client of [this.commands, this.#subscriber]) client.disconnect();
  }

  #notifyLost(): void {
    if (this.#isLost || this.#isClosed) return;
    this.#isLost = true;
    this.#logger.warn('The connection to Redis is lost. Replies in progress wait for it.');
  }

  #resubscribe(): void {
    const channels = [...this.#channels.keys()];
    if (channels.length > 0) void this.#subscriber.subscribe(...channels).catch(() => {});
    for (const channel of this.#shardChannels.keys()) void this.#subscriber.ssubscribe(channel).catch(() => {});
    this.#notifyReady();
  }

  #notifyReady(): void {
    if (this.#isLost && this.isReady) {
      this.#isLost = false;
      this.#logger.warn('The connection to Redis is restored.');
    }
    for (const listener of this.#onReady) listener();
  }
}

/** Whether Redis did not respond in time, while its address and credentials may be right. */
function isTimeout({ cause }: Error): boolean {
  return cause instanceof Error && /timeout|ETIMEDOUT|Connection is closed/i.test(cause.message);
}

function hostsOf(url: string | { readonly options: RedisOptions }): string[] {
  if (typeof url === 'string') return url.split(',').map((one) => new URL(one).host);
  return [`${url.options.host}:${url.options.port}`];
}
