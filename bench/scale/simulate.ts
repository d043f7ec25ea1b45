// The same cluster played through, token by token, to see what the averages of the model hide. Tokens and replies come
// at random, nodes send once a tick, and each Redis serves one command after the other.
import { Game } from './simulation/game.ts';
import type { TrafficOptions } from './simulation/traffic.ts';

/** Is a cluster, and what happens to it. */
export interface Play extends TrafficOptions {
  readonly nodes: number;
  readonly shards: number;
  /** The least time between two sends of a node, and between two fetches. */
  readonly tickMs: number;
  /** Share of streams that one more node reads. */
  readonly readElsewhere: number;
  /** There and back between a node and Redis. */
  readonly roundTripMs: number;
  /** What an append keeps Redis busy, and a read by another node. */
  readonly appendMicros: number;
  readonly rangeMicros: number;
  readonly seconds: number;
  readonly seed?: number;
}

/** Is what happened; rates are of a second. Delays are from a token's arrival at its node to where it is read. */
export interface Played {
  readonly streams: number;
  readonly replies: number;
  readonly tokens: number;
  readonly appends: number;
  readonly ranges: number;
  /** The share of its time that a Redis is busy. */
  readonly busy: number;
  /** Commands of one Redis in a second, on average, and in the busiest 1 % of tenths of seconds. */
  readonly commands: number;
  readonly commandsP99: number;
  readonly home: Delays;
  readonly elsewhere: Delays;
}

/** In milliseconds. */
export interface Delays {
  readonly p50: number;
  readonly p99: number;
}

/** Long enough for every queue to fill as it does. */
const warmUpMs = 1_000;

/** Plays a cluster, from the middle of its day. */
export function simulate(play: Play): Played {
  const game = new Game(play);
  for (let ms = 0; ms < warmUpMs; ms++) game.step(ms);
  game.forget();
  const endMs = warmUpMs + play.seconds * 1000;
  for (let ms = warmUpMs; ms < endMs; ms++) game.step(ms);
  return game.result();
}
