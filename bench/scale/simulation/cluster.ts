// What goes into a simulation of a cluster, and what comes out.
import type { TrafficOptions } from './traffic.ts';

/** A cluster and its traffic. */
export interface SimulationOptions extends TrafficOptions {
  readonly nodes: number;
  readonly shards: number;
  /** The least time between two sends of a node, and between two fetches. */
  readonly tickMs: number;
  /** Share of streams that one more node reads. */
  readonly readElsewhere: number;
  /** The round trip between a node and Redis. */
  readonly roundTripMs: number;
  /** Redis CPU time of an append, and of a read by another node. */
  readonly appendMicros: number;
  readonly rangeMicros: number;
  readonly seconds: number;
  readonly seed?: number;
}

/** The result of a simulation. Rates are per second. Delays run from a token's arrival at its node until a reader has it. */
export interface SimulationResult {
  readonly streams: number;
  readonly replies: number;
  readonly tokens: number;
  readonly appends: number;
  readonly ranges: number;
  /** The utilization of a Redis. */
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
