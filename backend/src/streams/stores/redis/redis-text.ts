// The live text of streams in Redis: one Redis Stream each, whose entry ids are offsets, so that a range behind an offset
// is the read. Every command keeps to the keys of one stream, which share a tag: a cluster may hold them anywhere.
import type { EndEvent, Offset, StreamId } from '@sillage/protocol';
import type { RedisLink } from '../../../redis/redis-link.ts';
import type { NewEvent } from '../../stream-store.ts';

/** Is one entry: what it adds, and the offset behind it. */
export type TextEntry =
  | (NewEvent & { readonly offset: Offset })
  | { readonly type: 'end'; readonly end: EndEvent; readonly offset: Offset };

/** Says where Redis is now, and, when that was asked, whether the stream is read on another node. */
export interface Appended {
  /** The offset behind the last entry: where the next must begin. */
  readonly at: Offset;
  readonly isReadElsewhere: boolean | undefined;
}

/** Appends only what lies behind the last entry, and only under the latest epoch. Answers `[offset, isRead]`; the offset
 *  is -1 where another epoch has fenced this one. With nothing to append it only looks. */
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
  if #ARGV > 3 then redis.call('SPUBLISH', KEYS[4], '') end
end
if ARGV[3] ~= '0' then
  redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[3])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  isRead = redis.call('EXISTS', KEYS[3])
end
return {at, isRead}`;

/** Takes the stream for a new epoch; who has an older one appends nothing any more. Answers 0 where a newer one has it. */
const fenceScript = `
local fence = redis.call('GET', KEYS[1])
if fence and tonumber(fence) > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`;

const entriesARead = 1_000;
const readMarkMs = 3_000;
const aliveKey = 'sillage:beat';

interface Scripted {
  sillageAppend(...words: (string | number)[]): Promise<[number, number]>;
  sillageFence(...words: (string | number)[]): Promise<number>;
}

/** Reads and writes the live text. Every method rejects while Redis is away. */
export class RedisText {
  readonly #link: RedisLink;
  readonly #scripted: Scripted;

  constructor(link: RedisLink) {
    this.#link = link;
    link.commands.defineCommand('sillageAppend', { numberOfKeys: 4, lua: appendScript });
    link.commands.defineCommand('sillageFence', { numberOfKeys: 1, lua: fenceScript });
    this.#scripted = link.commands as unknown as Scripted;
  }

  /** Appends entries that begin behind `after`, if Redis is there; `undefined` where another epoch owns the stream.
   *  With `keepMs` the text is kept for so long from now, and it is asked whether others read it. */
  async append(
    { streamId, epoch }: { streamId: StreamId; epoch: number },
    entries: readonly TextEntry[],
    { after, keepMs = 0 }: { after: Offset; keepMs?: number },
  ): Promise<Appended | undefined> {
    const words = entries.flatMap((entry) => [entry.offset, entry.type, textOf(entry)]);
    const keys = [keyOf(streamId, 'text'), keyOf(streamId, 'epoch'), keyOf(streamId, 'read'), hintOf(streamId)];
    const [at, isRead] = await this.#scripted.sillageAppend(...keys, epoch, after, keepMs, ...words);
    return at < 0 ? undefined : { at, isReadElsewhere: keepMs > 0 ? isRead === 1 : undefined };
  }

  /** Reads what lies behind `after`; the first entry may begin before it. */
  async read(streamId: StreamId, after: Offset): Promise<TextEntry[]> {
    const entries: TextEntry[] = [];
    for (let from = after; ; ) {
      const found = await this.#link.commands.xrange(keyOf(streamId, 'text'), `(${from}-0`, '+', 'COUNT', entriesARead);
      entries.push(...found.map(entryOf));
      from = entries.at(-1)?.offset ?? from;
      if (found.length < entriesARead) return entries;
    }
  }

  /** Takes the stream for `epoch`; `false` where a newer one has it. */
  async fence(streamId: StreamId, epoch: number, { keepMs }: { keepMs: number }): Promise<boolean> {
    return (await this.#scripted.sillageFence(keyOf(streamId, 'epoch'), epoch, keepMs)) === 1;
  }

  /** Tells the producer that the stream is read here; for three seconds. */
  async markRead(streamId: StreamId): Promise<void> {
    await this.#link.commands.set(keyOf(streamId, 'read'), '1', 'PX', readMarkMs);
  }

  /** Shows for `keepMs` that a node has reached the database. */
  markAlive({ keepMs }: { keepMs: number }): void {
    void this.#link.commands.set(aliveKey, '1', 'PX', keepMs).catch(() => {});
  }

  /** Says whether any has. */
  async isAnyNodeAlive(): Promise<boolean> {
    return (await this.#link.commands.exists(aliveKey)) === 1;
  }

  /** Calls `onHint` when more of the stream may be there; the returned function ends it. */
  listen(streamId: StreamId, onHint: () => void): () => void {
    return this.#link.listenInShard(hintOf(streamId), onHint);
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
