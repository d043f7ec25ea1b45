// The rate limit of requests per user or address over all nodes: one script per request, by Redis' clock. The node's own
// count is checked first, so a flood of refused requests does not reach Redis, and decides while Redis is unavailable.
import { RequestRate, rateError, windowMs } from '../request-rate.ts';
import type { SharedCounts } from './shared-counts.ts';

/** Counts a request (`ARGV[3]`) unless the limit is reached; then returns `previous`, `current` and `elapsed`. */
const rateScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local window = tonumber(ARGV[1])
local stored = redis.call('HMGET', KEYS[1], 'startedAt', 'current', 'previous')
local startedAt = tonumber(stored[1]) or 0
local current = tonumber(stored[2]) or 0
local previous = 0
local age = now - startedAt
if age < 0 or age >= 2 * window then
  startedAt = now
  current = 0
elseif age >= window then
  startedAt = startedAt + window
  previous = current
  current = 0
else
  previous = tonumber(stored[3]) or 0
end
local elapsed = now - startedAt
if previous * (1 - elapsed / window) + current >= tonumber(ARGV[2]) then return {previous, current, elapsed} end
if ARGV[3] == '1' then
  redis.call('HSET', KEYS[1], 'startedAt', string.format('%.0f', startedAt), 'current', current + 1, 'previous', previous)
  redis.call('PEXPIRE', KEYS[1], 2 * window)
end
return {}`;

interface Scripted {
  sillageRate(key: string, windowMs: number, perMinute: number, counts: 0 | 1): Promise<number[]>;
}

/** Limits requests per minute, as `RequestRate` does on one node. */
export class SharedRequestRate {
  readonly #shared: SharedCounts;
  readonly #own: RequestRate;
  readonly #options: { readonly perMinute: number; readonly kind: string };

  /** `kind` distinguishes the keys of several limits. */
  constructor(shared: SharedCounts, options: { readonly perMinute: number; readonly kind: string }) {
    shared.link.commands.defineCommand('sillageRate', { numberOfKeys: 1, lua: rateScript });
    this.#shared = shared;
    this.#own = new RequestRate(options);
    this.#options = options;
  }

  /** Checks that one more request is allowed, and counts it.
   *  @throws {StreamError} `rate-limited`, with `retryAfter` in seconds; a refused request does not count. */
  async take(key: string): Promise<void> {
    this.#own.check(key);
    if (await this.#ask(key, 1)) this.#own.count(key);
    else this.#own.take(key);
  }

  /** Checks that one more request is allowed.
   *  @throws {StreamError} `rate-limited`, with `retryAfter` in seconds. */
  async check(key: string): Promise<void> {
    this.#own.check(key);
    await this.#ask(key, 0);
  }

  /** Resolves with whether Redis has responded. */
  async #ask(key: string, counts: 0 | 1): Promise<boolean> {
    const { perMinute, kind } = this.#options;
    const scripted = this.#shared.link.commands as unknown as Scripted;
    const name = this.#shared.keyOf(kind, key);
    const windows = await this.#shared.ask(() => scripted.sillageRate(name, windowMs, perMinute, counts));
    const [previous, current, elapsed] = windows ?? [];
    if (previous === undefined || current === undefined || elapsed === undefined) return windows !== undefined;
    throw rateError({ previous, current, elapsed }, perMinute);
  }
}
