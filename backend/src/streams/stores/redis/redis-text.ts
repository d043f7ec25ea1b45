// The text of open streams in Redis: one Redis Stream each, whose entry ids are offsets, so that reading after an offset is
// one XRANGE. Every command uses the keys of one stream only, which share a hash tag, as a Redis cluster requires.
import type { EndEvent, Offset, StreamId } from '@sillage/protocol';
import type { RedisLink } from '../../../redis/redis-link.ts';
import type { NewEvent } from '../../stream-store.ts';

/** An entry of the Redis Stream: an event, and the offset after it. */
export type TextEntry =
  | (NewEvent & { readonly offset: Offset })
  | { readonly type: 'end'; readonly end: EndEvent; readonly offset: Offset };

/** Result of an append. */
export interface Appended {
  /** The offset of the last entry in Redis, after which the next one must begin. */
  readonly offset: Offset;
  /** Whether another node has readers of the stream; `undefined` when the append was not a poll (`keepMs`). */
  readonly isReadElsewhere: boolean | undefined;
}

/** Appends entries if they begin after the last one and the epoch is the latest, and publishes the type of the last one.
 *  Returns `[offset, isRead]`; the offset is -1 when a later epoch exists. Without entries it only reads. */
const appendScript = `
local fence = redis.call('GET', KEYS[2])
if fence and tonumber(fence) > tonumber(ARGV[1]) then return {-1, 0} end
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
local at = last[1] and tonumber(string.match(last[1][1], '^%d+')) or 0
local isRead = 0
if at == tonumber(ARGV[2]) then
  for i = 4, #ARGV, 3 do
    redis.call('XADD', KEYS[1], ARGV[i] .. '-0', ARGV[i + 1], ARGV[i + 2])
    at = tonumber(ARGV[i])
  end
  if #ARGV > 3 then redis.call('SPUBLISH', KEYS[4], ARGV[#ARGV - 1]) end
end
if ARGV[3] ~= '0' then
  redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[3])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  isRead = redis.call('EXISTS', KEYS[3])
end
return {at, isRead}`;

/** Sets the stream's epoch, so that a producer with an older one cannot append. Returns 0 when a later epoch exists. */
const fenceScript = `
local fence = redis.call('GET', KEYS[1])
if fence and tonumber(fence) > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`;

const entriesPerRead = 1_000;
const readMarkMs = 3_000;
const aliveKey = 'sillage:beat';

interface Scripted {
  sillageAppend(...args: (string | number)[]): Promise<[number, number]>;
  sillageFence(...args: (string | number)[]): Promise<number>;
}

/** Reads and writes the text of open streams. Promises reject while Redis is unreachable. */
export class RedisText {
  readonly #link: RedisLink;
  readonly #scripted: Scripted;

  constructor(link: RedisLink) {
    this.#link = link;
    link.commands.defineCommand('sillageAppend', { numberOfKeys: 4, lua: appendScript });
    link.commands.defineCommand('sillageFence', { numberOfKeys: 1, lua: fenceScript });
    this.#scripted = link.commands as unknown as Scripted;
  }

  /** Appends entries that begin past `after`, if that is the last offset in Redis; resolves with `undefined` when a later
   *  epoch owns the stream. With `keepMs`, also polls: extends the expiry of the text and looks up readers on other nodes. */
  async append(
    { streamId, epoch }: { streamId: StreamId; epoch: number },
    entries: readonly TextEntry[],
    { after, keepMs = 0 }: { after: Offset; keepMs?: number },
  ): Promise<Appended | undefined> {
    const fields = entries.flatMap((entry) => [entry.offset, entry.type, textOf(entry)]);
    const keys = [keyOf(streamId, 'text'), keyOf(streamId, 'epoch'), keyOf(streamId, 'read'), hintOf(streamId)];
    const [offset, isRead] = await this.#scripted.sillageAppend(...keys, epoch, after, keepMs, ...fields);
    return offset < 0 ? undefined : { offset, isReadElsewhere: keepMs > 0 ? isRead === 1 : undefined };
  }

  /** Reads the entries past `after`; the first one may begin before it. */
  async read(streamId: StreamId, after: Offset): Promise<TextEntry[]> {
    const entries: TextEntry[] = [];
    for (let from = after; ; ) {
      const found = await this.#link.commands.xrange(
        keyOf(streamId, 'text'),
        `(${from}-0`,
        '+',
        'COUNT',
        entriesPerRead,
      );
      entries.push(...found.map(entryOf));
      from = entries.at(-1)?.offset ?? from;
      if (found.length < entriesPerRead) return entries;
    }
  }

  /** Fences producers with an epoch before `epoch`; resolves with `false` when a later epoch exists. */
  async fence(streamId: StreamId, epoch: number, { keepMs }: { keepMs: number }): Promise<boolean> {
    return (await this.#scripted.sillageFence(keyOf(streamId, 'epoch'), epoch, keepMs)) === 1;
  }

  /** Marks for three seconds that this node has readers of the stream; the producer polls the mark. */
  async markRead(streamId: StreamId): Promise<void> {
    await this.#link.commands.set(keyOf(streamId, 'read'), '1', 'PX', readMarkMs);
  }

  /** Marks for `keepMs` that some node has renewed its lease in the database. */
  markAlive({ keepMs }: { keepMs: number }): void {
    void this.#link.commands.set(aliveKey, '1', 'PX', keepMs).catch(() => {});
  }

  /** Whether such a mark exists: at least one node reaches the database. */
  async isAnyNodeAlive(): Promise<boolean> {
    return (await this.#link.commands.exists(aliveKey)) === 1;
  }

  /** Calls `onHint` when Redis may have more of the stream. Returns the function that ends the subscription. */
  subscribe(streamId: StreamId, onHint: (hint: { readonly isEnd: boolean }) => void): () => void {
    return this.#link.subscribeInShard(hintOf(streamId), (type) => onHint({ isEnd: type === 'end' }));
  }
}

function keyOf(streamId: StreamId, what: 'text' | 'epoch' | 'read'): string {
  return `sillage:{${streamId}}:${what}`;
}

function hintOf(streamId: StreamId): string {
  return `sillage:{${streamId}}:hint`;
}

function textOf(entry: TextEntry): string {
  return entry.type === 'end' ? JSON.stringify(entry.end) : entry.text;
}

function entryOf([id, [type = '', text = '']]: [string, string[]]): TextEntry {
  const offset = Number.parseInt(id, 10);
  if (type === 'end') return { type, end: JSON.parse(text) as EndEvent, offset };
  return { type: type === 'reasoning' ? 'reasoning' : 'text', text, offset };
}
