// The connections to Redis: one for commands, one for what others publish. Both reconnect by themselves; what was asked
// while they are away fails at once, since whoever asked knows best what to do again.
import { Logger } from '@nestjs/common';
import { StreamError } from '@sillage/protocol';
import { connectionTo, type RedisConnection } from './redis-connection.ts';

/** Says where Redis is (several addresses, separated by commas, are nodes of one cluster), and how long it may owe an
 *  answer before its connection is given up. */
export interface RedisLinkOptions {
  readonly url: string;
  readonly answerMs: number;
}

/** Is the oldest that has sharded publish, which a cluster needs. */
const leastVersion = 7;
/** Is never left: ioredis takes a connection that has left its last channel of a shard for one that listens to nothing, and
 *  drops what comes on its other channels. */
const keptShardChannel = 'sillage:kept';

/** Injects the link. */
export const REDIS_LINK = Symbol('RedisLink');

/** Owns both connections. Commands of one turn of the event loop leave together. */
export class RedisLink {
  readonly commands: RedisConnection;
  readonly #published: RedisConnection;
  readonly #logger = new Logger('Redis');
  readonly #channels = new Map<string, (message: string) => void>();
  readonly #shardChannels = new Map<string, () => void>([[keptShardChannel, () => {}]]);
  readonly #onReady = new Set<() => void>();
  readonly #pings: NodeJS.Timeout;
  #isAway = false;
  #isClosed = false;

  private constructor({ url, answerMs }: RedisLinkOptions) {
    this.commands = connectionTo(url, { answerMs, isPipelined: true });
    this.#published = connectionTo(url, { answerMs, isPipelined: false });
    for (const client of [this.commands, this.#published]) client.on('error', () => {}); // told by `close` and `ready`
    this.commands.on('close', () => this.#notifyLost());
    this.commands.on('ready', () => this.#notifyReady());
    this.#published.on('message', (channel: string, message: string) => this.#channels.get(channel)?.(message));
    this.#published.on('smessage', (channel: string) => this.#shardChannels.get(channel)?.());
    this.#published.on('ready', () => this.#listenAgain());
    // Nothing is owed to a connection that only listens: asked now and then, it notices that it is dead.
    this.#pings = setInterval(() => void this.#published.ping().catch(() => {}), answerMs);
  }

  /** Connects.
   *  @throws {StreamError} `storage`: no Redis there, or one that is too old. */
  static async open(options: RedisLinkOptions): Promise<RedisLink> {
    const link = new RedisLink(options);
    const hosts = options.url.split(',').map((url) => new URL(url).host);
    try {
      await Promise.all([link.commands.connect(), link.#published.connect()]);
      const [, version = '0'] = /redis_version:(\d+)/.exec(await link.commands.info('server')) ?? [];
      if (Number(version) >= leastVersion) return link;
    } catch (error) {
      link.close();
      const message = `Redis at ${hosts.join(', ')} cannot be reached (${(error as Error).message}). Is it running? REDIS_URL says where.`;
      throw new StreamError('storage', message, { cause: error });
    }
    link.close();
    throw new StreamError('storage', `Redis at ${hosts.join(', ')} is too old. It must be ${leastVersion} or later.`);
  }

  /** Says whether commands have a connection. */
  get isReady(): boolean {
    return this.commands.status === 'ready';
  }

  /** Calls `listener` after each reconnection: what was published meanwhile is lost. */
  onReady(listener: () => void): void {
    this.#onReady.add(listener);
  }

  /** Publishes to every node, if it can: a hint, which may be lost. */
  publish(channel: string, message: string): void {
    void this.commands.publish(channel, message).catch(() => {});
  }

  /** Listens to a channel for as long as the link lives. */
  listen(channel: string, onMessage: (message: string) => void): void {
    this.#channels.set(channel, onMessage);
    void this.#published.subscribe(channel).catch(() => {}); // a reconnection subscribes again
  }

  /** Listens to a channel that lies in the same shard as the keys with its tag; the returned function ends it. */
  listenInShard(channel: string, onMessage: () => void): () => void {
    this.#shardChannels.set(channel, onMessage);
    void this.#published.ssubscribe(channel).catch(() => {});
    return () => {
      this.#shardChannels.delete(channel);
      void this.#published.sunsubscribe(channel).catch(() => {});
    };
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#pings);
    for (const client of [this.commands, this.#published]) client.disconnect();
  }

  #notifyLost(): void {
    if (this.#isAway || this.#isClosed) return;
    this.#isAway = true;
    this.#logger.warn('Redis is away. Replies under way wait for it.');
  }

  #listenAgain(): void {
    const channels = [...this.#channels.keys()];
    if (channels.length > 0) void this.#published.subscribe(...channels).catch(() => {});
    for (const channel of this.#shardChannels.keys()) void this.#published.ssubscribe(channel).catch(() => {});
    this.#notifyReady();
  }

  #notifyReady(): void {
    if (this.#isAway && this.isReady) {
      this.#isAway = false;
      this.#logger.warn('Redis is back.');
    }
    for (const listener of this.#onReady) listener();
  }
}
