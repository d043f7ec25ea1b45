// The cluster at play, a millisecond at a time: what comes is given to nodes, what they send to Redis, what it has is shown.
import { percentile } from '../../percentiles.ts';
import { type Random, seeded } from '../random.ts';
import type { Delays, Play, Played } from '../simulate.ts';
import { Node, type Stream } from './nodes.ts';
import { Shard } from './shard.ts';
import { Traffic } from './traffic.ts';
import { Wheel } from './wheel.ts';

type Due = { readonly atMs: number; readonly stream: Stream; readonly isAnswer: boolean };

/** Plays, and counts. */
export class Game {
  readonly #play: Play;
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

  constructor(play: Play) {
    this.#play = play;
    this.#random = seeded(play.seed ?? 1);
    this.#traffic = new Traffic(this.#random, play);
    const options = {
      ...play,
      onSent: (stream: Stream, atMs: number) => this.#due.add(atMs, { atMs, stream, isAnswer: true }),
      onFetched: (cameAtMs: readonly number[], atMs: number) =>
        this.#elsewhere.push(...cameAtMs.map((came) => atMs - came)),
    };
    this.#nodes = Array.from({ length: play.nodes }, () => new Node(this.#random, options));
    this.#shards = Array.from({ length: play.shards }, () => new Shard());
    for (let i = 0; i < play.streams; i++) this.#start(0, this.#traffic.tokensLeft());
  }

  /** Plays one millisecond. */
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

  /** Forgets what was counted so far. */
  forget(): void {
    this.#counts = { replies: 0, tokens: 0, streamMs: 0 };
    this.#home = [];
    this.#elsewhere = [];
    for (const node of this.#nodes) node.appends = node.ranges = 0;
    for (const shard of this.#shards) shard.forget();
  }

  result(): Played {
    const { seconds } = this.#play;
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
    const { nodes, shards, readElsewhere } = this.#play;
    // Not drawn: of some thousand streams, chance would make the share wrong by several percent.
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

  /** What Redis has is shown at home, and the other node is told. */
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
