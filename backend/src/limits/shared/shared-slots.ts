// The open connections of each user over all nodes: one hash per user in Redis with the count of each node. Every write has
// the node's whole count, so a lost write is repaired by the next. A node marks itself as alive for one lease at a time; the
// counts of a node without a mark are deleted when a limit would refuse a user because of them.
import { randomUUID } from 'node:crypto';
import type { SharedCounts } from './shared-counts.ts';

/** Sets the count of node `ARGV[1]` to `ARGV[2]`. If all nodes together exceed `ARGV[3]`, changes nothing and returns the
 *  nodes that have connections. */
const admitScript = `
local counts = redis.call('HGETALL', KEYS[1])
local total = tonumber(ARGV[2])
local nodes = {}
for i = 1, #counts, 2 do
  nodes[#nodes + 1] = counts[i]
  if counts[i] ~= ARGV[1] then total = total + tonumber(counts[i + 1]) end
end
if total > tonumber(ARGV[3]) then return nodes end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return {}`;

interface Scripted {
  sillageAdmit(key: string, node: string, count: number, max: number, keepMs: number): Promise<string[]>;
}

const renewalsPerLease = 4;
/** How much longer a count is kept than a connection may last. */
const keepLongerMs = 60_000;
const usersPerStep = 100;

/** Shares this node's counts with the other nodes, and reads theirs. */
export class SharedSlots {
  readonly #shared: SharedCounts;
  readonly #countOf: (userId: string) => number;
  readonly #nodeId = randomUUID();
  /** Users of whom Redis may have a count of this node. */
  readonly #users = new Set<string>();
  /** Those whose count could not be written. */
  readonly #unwritten = new Set<string>();
  readonly #renewal: NodeJS.Timeout;

  /** `countOf` returns this node's count. */
  constructor(shared: SharedCounts, countOf: (userId: string) => number) {
    shared.link.commands.defineCommand('sillageAdmit', { numberOfKeys: 1, lua: admitScript });
    this.#shared = shared;
    this.#countOf = countOf;
    this.#renewal = setInterval(() => void this.#renew(), shared.options.nodeLeaseMs / renewalsPerLease);
    setImmediate(() => void this.#renew()); // ioredis: no command may be pending while another script is defined
  }

  /** Shares this node's count. Resolves with whether all nodes together have at most `max` connections of the user; with
   *  `true` while Redis is unavailable. */
  async admits(userId: string, max: number): Promise<boolean> {
    this.#users.add(userId);
    const others = await this.#othersBeyond(userId, max);
    if (others === undefined) return true;
    return (await this.#deleteDead(userId, others)) && (await this.#othersBeyond(userId, max)) === undefined;
  }

  /** Shares this node's count after it has decreased. */
  async publish(userId: string): Promise<void> {
    const count = this.#countOf(userId);
    const key = this.#keyOf(userId);
    const { commands } = this.#shared.link;
    const write = () => (count > 0 ? commands.hset(key, this.#nodeId, count) : commands.hdel(key, this.#nodeId));
    const written = await this.#shared.ask(write);
    this.#note(userId, written !== undefined);
  }

  /** Ends the lease: the counts of this node are no longer valid. */
  async close(): Promise<void> {
    clearInterval(this.#renewal);
    await this.#shared.ask(() => this.#shared.link.commands.del(this.#aliveKey(this.#nodeId)));
    this.#shared.close();
  }

  /** Shares this node's count. Resolves with the other nodes that have connections if all together exceed `max`. */
  async #othersBeyond(userId: string, max: number): Promise<string[] | undefined> {
    const scripted = this.#shared.link.commands as unknown as Scripted;
    const keepMs = this.#shared.options.maxAgeMs + keepLongerMs;
    const admit = () => scripted.sillageAdmit(this.#keyOf(userId), this.#nodeId, this.#countOf(userId), max, keepMs);
    const nodes = await this.#shared.ask(admit);
    this.#note(userId, nodes !== undefined);
    return nodes === undefined || nodes.length === 0 ? undefined : nodes.filter((node) => node !== this.#nodeId);
  }

  /** Deletes the counts of dead nodes. Resolves with whether there were any. */
  async #deleteDead(userId: string, nodes: readonly string[]): Promise<boolean> {
    const { commands } = this.#shared.link;
    const alive = await this.#shared.ask(() => Promise.all(nodes.map((node) => commands.exists(this.#aliveKey(node)))));
    const dead = nodes.filter((_, index) => alive?.[index] === 0);
    if (dead.length === 0) return false;
    return (await this.#shared.ask(() => commands.hdel(this.#keyOf(userId), ...dead))) !== undefined;
  }

  #note(userId: string, isWritten: boolean): void {
    if (!isWritten) this.#unwritten.add(userId);
    else this.#unwritten.delete(userId);
    if (isWritten && this.#countOf(userId) === 0) this.#users.delete(userId);
  }

  /** Renews the mark. Without an old one, other nodes may have deleted the counts of this node, or Redis was emptied. */
  async #renew(): Promise<void> {
    const { link, options } = this.#shared;
    const mark = () => link.commands.set(this.#aliveKey(this.#nodeId), 'alive', 'PX', options.nodeLeaseMs, 'GET');
    const old = await this.#shared.ask(mark);
    if (old !== undefined) await this.#publishAll(old === null ? this.#users : this.#unwritten);
  }

  async #publishAll(users: ReadonlySet<string>): Promise<void> {
    const all = [...users];
    for (let i = 0; i < all.length; i += usersPerStep)
      await Promise.all(all.slice(i, i + usersPerStep).map((userId) => this.publish(userId)));
  }

  #keyOf(userId: string): string {
    return this.#shared.keyOf('connections', userId);
  }

  #aliveKey(nodeId: string): string {
    return this.#shared.keyOf('node', nodeId);
  }
}
