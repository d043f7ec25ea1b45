// Many replies at a time with faults throughout: checks each reply against its source, and measures the server.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Frame, routes } from '@sillage/protocol';
import { collect, openSse, type Provider } from '@sillage/testing';
import { PlainReader } from '../faults/fixture/fixture.ts';
import { answerByPlan, type Fate, fates, type Plan, planOf } from './plan.ts';

/** Time between the first starts: if all began at once, the process of the test would respond later than `ai_stall_timeout`. */
const rampMs = 40;

type Headers = Readonly<Record<'authorization', string>>;

/** Inputs of a soak. */
export interface SoakOptions {
  readonly provider: Provider;
  /** The headers of each user. On many nodes, starts of one user compete for the user's lock. */
  readonly users: readonly Headers[];
  /** The nodes, of which any serves each request. */
  readonly urls: readonly string[];
  /** Number of replies at a time. */
  readonly streams: number;
  readonly seed: number;
  /** Whether nodes are killed: replies may then end as `interrupted`, and requests may fail. */
  readonly hasKills?: boolean;
}

/** Counts of ended replies. */
export type SoakCounts = Record<Fate, number>;

/** A running soak. */
export class Soak {
  readonly counts = Object.fromEntries(fates.map((fate) => [fate, 0])) as SoakCounts;
  readonly #options: SoakOptions;
  #next = 0;

  constructor(options: SoakOptions) {
    this.#options = options;
    answerByPlan(options.provider, options.seed);
  }

  /** Number of ended replies. */
  get replies(): number {
    return Object.values(this.counts).reduce((sum, count) => sum + count, 0);
  }

  /** Keeps `streams` replies running for a time; resolves when the last ones have ended.
   *  @throws {Error} when a reply differs from its source. */
  async run(seconds: number): Promise<void> {
    const until = performance.now() + seconds * 1000;
    const worker = async (_: unknown, index: number) => {
      await delay(index * rampMs);
      while (performance.now() < until) await this.#reply(this.#next++);
    };
    await Promise.all(Array.from({ length: this.#options.streams }, worker));
  }

  async #reply(number: number): Promise<void> {
    const { users, seed } = this.#options;
    const plan = planOf(seed, number);
    const headers = users[number % users.length] as Headers;
    const reader = new PlainReader({
      headers,
      start: { request: { message: `${number}`, sessionId: `soak-${number}` }, key: randomUUID() },
    });
    try {
      await this.#suffer(reader, { number, plan, headers });
      if (plan.fate === 'delete') return void this.counts.delete++;
      this.#check(reader, plan);
      if (number % 4 === 0) await this.#checkAgain(reader, headers);
      this.counts[plan.fate]++;
    } catch (error) {
      throw new Error(`Reply ${number} (${plan.fate}, seed ${seed}) of ${reader.streamId}`, {
        cause: error,
      });
    }
  }

  /** Reads the reply while its fault happens. */
  async #suffer(
    reader: PlainReader,
    { number, plan, headers }: { number: number; plan: Plan; headers: Headers },
  ): Promise<void> {
    const { streamId, text } = { streamId: () => String(reader.streamId), text: () => reader.text.length };
    const ms = plan.paceMs * plan.failsAt;
    await this.#readUntil(reader, () => text() > 0);
    switch (plan.fate) {
      case 'cut':
        return this.#readUntil(reader, () => false, plan.paceMs);
      case 'slow':
        return this.#readSlowly(reader, headers);
      case 'left':
        await delay(plan.paceMs * plan.deltas.length);
        break;
      case 'stop':
        await Promise.all([
          this.#readUntil(reader),
          delay(ms).then(() => this.#send('POST', routes.stop(streamId()), headers)),
        ]);
        return;
      case 'delete':
        await Promise.all([
          this.#readUntil(reader).catch(ignoreDeleted),
          delay(ms).then(() => this.#send('DELETE', routes.session(`soak-${number}`), headers)),
        ]);
        return;
    }
    await this.#readUntil(reader);
  }

  /** Reads until `isEnough` or the end; cuts each connection `cutMs` after its first text, so that each makes progress. */
  async #readUntil(reader: PlainReader, isEnough = () => false, cutMs?: number): Promise<void> {
    for (let attempt = 0; reader.end === undefined && !reader.receivedNoContent && !isEnough(); attempt++) {
      const leaving = new AbortController();
      let timer: NodeJS.Timeout | undefined;
      reader.onText = () => {
        if (isEnough()) leaving.abort();
        else if (cutMs !== undefined) timer ??= setTimeout(() => leaving.abort(), cutMs);
      };
      const { after } = reader;
      try {
        await reader.readOnce(this.#url(attempt), leaving.signal);
      } catch (error) {
        if (!this.#options.hasKills || !/^50[023]:/.test((error as Error).message)) throw error;
      } finally {
        clearTimeout(timer);
      }
      if (reader.after === after) await delay(20); // the node may be down
    }
  }

  /** Opens a connection, takes nothing for a while, then reads the whole reply from it and compares it with what was read. */
  async #readSlowly(reader: PlainReader, headers: Headers): Promise<void> {
    const path = routes.streamById(String(reader.streamId));
    const slow = await openSse(this.#url(0) + path, { headers }).catch(() => undefined);
    await delay(1_500);
    const read = slow && (await collect(slow.messages, { lossIsEnd: true }));
    await this.#readUntil(reader);
    const text = (read ?? []).map(({ data }) => (data as Frame | undefined)?.content ?? '').join('');
    if (!reader.text.startsWith(text)) throw new Error('A slow reader got another text');
    if (text !== reader.text && !this.#options.hasKills) throw new Error('A slow reader did not get the whole text');
  }

  #check({ text, end }: PlainReader, plan: Plan): void {
    const reason = end?.finishReason ?? '';
    if (!this.#allowed(plan.fate).includes(reason)) throw new Error(`It ended with ${JSON.stringify(end)}`);
    const isWhole = plan.fate === 'upstream-stall' && reason === 'error'; // everything that the provider has sent
    const sent = isWhole ? plan.deltas.slice(0, plan.failsAt).join('') : plan.text.slice(0, text.length);
    const expected = reason === 'stop' ? plan.text : sent;
    if (text === expected) return;
    const at = Array.from(text).findIndex((_, index) => text[index] !== expected[index]);
    throw new Error(`Text of ${text.length} instead of ${expected.length} units, different at ${at}`);
  }

  #allowed(fate: Fate): string[] {
    const own = fate === 'stop' ? ['stopped', 'stop'] : fate.startsWith('upstream') ? ['error'] : ['stop'];
    return this.#options.hasKills ? [...own, 'interrupted'] : own;
  }

  /** Reads the stored reply once more, from its start. */
  async #checkAgain({ text, streamId, end }: PlainReader, headers: Headers): Promise<void> {
    if (streamId === undefined) return;
    const again = new PlainReader({ headers, streamId });
    await this.#readUntil(again);
    if (again.text !== text) throw new Error(`Read again it has ${again.text.length} units, not ${text.length}`);
    if (end !== undefined && again.end?.finishReason !== end.finishReason)
      throw new Error('Read again it has another end');
  }

  /** Sends a request without a body until it succeeds. */
  async #send(method: string, path: string, headers: Headers): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      const response = await fetch(this.#url(attempt) + path, { method, headers }).catch(() => undefined);
      await response?.body?.cancel();
      if (response?.ok || (attempt > 0 && response?.status === 404)) return; // a killed node may have done it
      if (!this.#options.hasKills || attempt > 500) throw new Error(`${method} ${path}: ${response?.status}`);
      await delay(20);
    }
  }

  #url(attempt: number): string {
    const { urls } = this.#options;
    return urls[(this.#next + attempt) % urls.length] ?? '';
  }
}

function ignoreDeleted(error: Error): void {
  if (!/^4(04|10):/.test(error.message)) throw error; // 410 while it is being deleted
}
