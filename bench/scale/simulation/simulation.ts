// The simulated cluster, one millisecond at a time: tokens go to nodes, from there to Redis, and from there to readers.
import { percentile } from '../../report/percentiles.ts';
import type { Delays, SimulationOptions, SimulationResult } from './cluster.ts';
import { Node, type Stream } from './nodes.ts';
import { type Random, seeded } from './random.ts';
import { Shard } from './shard.ts';
import { Traffic } from './traffic.ts';
import { Wheel } from './wheel.ts';

type Due = { readonly atMs: number; readonly stream: Stream; readonly isAnswer: boolean };

/** Runs the cluster and counts. */
export class Simulation {
  readonly #options: SimulationOptions;
  readonly #random: Random;
  readonly #traffic: Traffic;
  readonly #nodes: readonly Node[];
  readonly #shards: readonly Shard[];
  readonly #due = new Wheel<Due>();
  #home: number[] = [];
  #elsewhere: number[] = [];
  #started = 0;
  #underWay = 0;
  #counts = { replies: 0, tokens: 0, streamMs: 0 };

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.#random = seeded(options.seed ?? 1);
    this.#traffic = new Traffic(this.#random, options);
    const nodeOptions = {
      ...options,
      onSent: (stream: Stream, atMs: number) => this.#due.add(atMs, { atMs, stream, isAnswer: true }),
      onFetched: (cameAtMs: readonly number[], atMs: number) =>
        this.#elsewhere.push(...cameAtMs.map((came) => atMs - came)),
    };
    this.#nodes = Array.from({ length: options.nodes }, () => new Node(this.#random, nodeOptions));
    this.#shards = Array.from({ length: options.shards }, () => new Shard());
    for (let i = 0; i < options.streams; i++) this.#start(0, this.#traffic.tokensLeft());
  }

  /** Simulates one millisecond. */
  step(ms: number): void {
    for (const { atMs, tokens } of this.#traffic.startsBefore(ms + 1)) {
      this.#counts.replies++;
      this.#start(atMs, tokens);
    }
    for (const due of this.#due.take(ms)) {
      if (due.isAnswer) this.#answered(due);
      else this.#came(due);
    }
    for (const node of this.#nodes) node.tick(ms);
    this.#counts.streamMs += this.#underWay;
  }

  /** Resets the counters. */
  reset(): void {
    this.#counts = { replies: 0, tokens: 0, streamMs: 0 };
    this.#home = [];
    this.#elsewhere = [];
    for (const node of this.#nodes) node.appends = node.ranges = 0;
    for (const shard of this.#shards) shard.reset();
  }

  result(): SimulationResult {
    const { seconds } = this.#options;
    const { replies, tokens, streamMs } = this.#counts;
    const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0);
    const windows = this.#shards.flatMap((shard) => shard.windows(seconds));
    const busy = this.#shards.map(({ busyMs }) => busyMs / (seconds * 1000));
    return {
      streams: streamMs / (seconds * 1000),
      replies: replies / seconds,
      tokens: tokens / seconds,
      appends: total(this.#nodes.map((node) => node.appends)) / seconds,
      ranges: total(this.#nodes.map((node) => node.ranges)) / seconds,
      busy: total(busy) / busy.length,
      commands: total(windows) / (windows.length / 10),
      commandsP99: percentile(windows, 0.99) * 10,
      home: delaysOf(this.#home),
      elsewhere: delaysOf(this.#elsewhere),
    };
  }

  #start(atMs: number, left: number): void {
    const { nodes, shards, readElsewhere } = this.#options;
    // Not random: with some thousand streams, chance would change the share by several percent.
    const isReadElsewhere =
      nodes > 1 && Math.floor((this.#started + 1) * readElsewhere) > Math.floor(this.#started * readElsewhere);
    this.#started++;
    const on = this.#random.below(nodes);
    const other = isReadElsewhere ? (on + 1 + this.#random.below(nodes - 1)) % nodes : -1;
    const stream: Stream = {
      node: this.#nodes[on] as Node,
      readOn: this.#nodes[other],
      shard: this.#shards[this.#random.below(shards)] as Shard,
      left,
      gathered: [],
      sent: [],
      stored: [],
      isSending: false,
    };
    this.#underWay++;
    this.#waitForToken(stream, atMs);
  }

  #waitForToken(stream: Stream, nowMs: number): void {
    const atMs = nowMs + this.#traffic.tokenPause();
    this.#due.add(atMs, { atMs, stream, isAnswer: false });
  }

  #came({ atMs, stream }: Due): void {
    this.#counts.tokens++;
    stream.node.gather(stream, atMs);
    if (--stream.left > 0) this.#waitForToken(stream, atMs);
    else this.#underWay--;
  }

  /** Shows the tokens that Redis has stored on their own node, and notifies the other node. */
  #answered({ atMs, stream }: Due): void {
    stream.isSending = false;
    for (const came of stream.sent) this.#home.push(atMs - came);
    if (stream.readOn === undefined) return;
    stream.stored.push(...stream.sent);
    stream.readOn.hint(stream);
  }
}

function delaysOf(delays: readonly number[]): Delays {
  return { p50: percentile(delays, 0.5), p99: percentile(delays, 0.99) };
}
