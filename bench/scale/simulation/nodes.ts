// Nodes and Redis between them: each node sends what has gathered once a tick, and fetches once a tick what it was told of.
import type { Random } from '../random.ts';
import type { Shard } from './shard.ts';

/** Is a stream under way. */
export interface Stream {
  readonly node: Node;
  /** The node that reads it elsewhere. */
  readonly readOn: Node | undefined;
  readonly shard: Shard;
  left: number;
  /** When the tokens came that are not sent yet; that are on their way to Redis; that wait to be fetched. */
  gathered: number[];
  sent: number[];
  stored: number[];
  isSending: boolean;
}

/** Says what things take, and whom to tell. */
export interface NodeOptions {
  readonly tickMs: number;
  readonly roundTripMs: number;
  readonly appendMicros: number;
  readonly rangeMicros: number;
  /** Told when Redis will have answered an append: then its tokens are shown. */
  readonly onSent: (stream: Stream, answeredAtMs: number) => void;
  /** Told when another node shows tokens that came at these times. */
  readonly onFetched: (cameAtMs: readonly number[], shownAtMs: number) => void;
}

/** Sends and fetches in ticks of its own. */
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

  /** Takes a token of the provider. */
  gather(stream: Stream, atMs: number): void {
    if (stream.gathered.push(atMs) === 1) this.#behind.push(stream);
  }

  /** Takes the hint that a stream has more. */
  hint(stream: Stream): void {
    this.#told.push(stream);
  }

  /** Goes on, if a tick is due in this millisecond. */
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
