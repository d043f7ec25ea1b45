// Nodes of the simulation: once a tick a node sends its new tokens to Redis and fetches the streams that it was notified of.
import type { Random } from './random.ts';
import type { Shard } from './shard.ts';

/** A stream under way. */
export interface Stream {
  readonly node: Node;
  /** The other node that reads it. */
  readonly readOn: Node | undefined;
  readonly shard: Shard;
  left: number;
  /** Arrival times of the tokens that are not sent yet, are on their way to Redis, and wait to be fetched. */
  gathered: number[];
  sent: number[];
  stored: number[];
  isSending: boolean;
}

/** Durations of a node's work, and its listeners. */
export interface NodeOptions {
  readonly tickMs: number;
  readonly roundTripMs: number;
  readonly appendMicros: number;
  readonly rangeMicros: number;
  /** Called with the time at which Redis has stored an append. */
  readonly onSent: (stream: Stream, answeredAtMs: number) => void;
  /** Called when another node shows tokens, with their arrival times. */
  readonly onFetched: (cameAtMs: readonly number[], shownAtMs: number) => void;
}

/** A node that sends and fetches in its own ticks. */
export class Node {
  appends = 0;
  ranges = 0;
  readonly #options: NodeOptions;
  readonly #phase: number;
  #behind: Stream[] = [];
  #told: Stream[] = [];

  constructor(random: Random, options: NodeOptions) {
    this.#options = options;
    this.#phase = random.below(options.tickMs);
  }

  /** Receives a token from the provider. */
  gather(stream: Stream, atMs: number): void {
    if (stream.gathered.push(atMs) === 1) this.#behind.push(stream);
  }

  /** Receives the hint that a stream has new text. */
  hint(stream: Stream): void {
    this.#told.push(stream);
  }

  /** Sends and fetches if a tick is due in this millisecond. */
  tick(ms: number): void {
    if ((ms - this.#phase) % this.#options.tickMs !== 0) return;
    const behind = this.#behind;
    this.#behind = [];
    for (const stream of behind) {
      if (stream.isSending) this.#behind.push(stream);
      else this.#send(stream, ms);
    }
    const told = this.#told;
    this.#told = [];
    for (const stream of told) if (stream.stored.length > 0) this.#fetch(stream, ms);
  }

  #send(stream: Stream, ms: number): void {
    const { roundTripMs, appendMicros, onSent } = this.#options;
    this.appends++;
    stream.sent = stream.gathered;
    stream.gathered = [];
    stream.isSending = true;
    onSent(stream, stream.shard.serve(ms + roundTripMs / 2, appendMicros) + roundTripMs / 2);
  }

  #fetch(stream: Stream, ms: number): void {
    const { roundTripMs, rangeMicros, onFetched } = this.#options;
    this.ranges++;
    const fetched = stream.stored;
    stream.stored = [];
    onFetched(fetched, stream.shard.serve(ms + roundTripMs / 2, rangeMicros) + roundTripMs / 2);
  }
}
