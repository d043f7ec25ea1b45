// What stops the cluster as it is built from growing, and at how many concurrent readers each of it does.
import { times } from './cost.ts';
import { beatsASecond } from './measured.ts';
import { demandOf } from './model.ts';
import type { Ground } from './rates.ts';

/** Is one bound: `load` is 1 where it is reached. */
interface Bound {
  readonly name: string;
  readonly load: (readers: number, ground: Ground) => number;
}

/** Is a bound, and how many readers reach it; `Infinity` where none do. */
export interface Bottleneck {
  readonly name: string;
  readonly readers: number;
}

const connectionsToRedis = 2;
const connectionsAReader = 2;
const mostReaders = 1e9;

/** Every bound that was thought of. */
const bounds: readonly Bound[] = [
  { name: 'Redis, one core: live text', load: textLoad },
  { name: 'Redis, one core: hints of feeds, to every node', load: hintLoad },
  { name: 'a node, one core: hints of feeds, from every node', load: hearingLoad },
  { name: 'Redis: connections of nodes', load: redisConnections },
  { name: 'PostgreSQL: connections of nodes', load: postgresConnections },
  { name: 'PostgreSQL: writing transactions', load: writeLoad },
  { name: 'PostgreSQL: CPU', load: postgresLoad },
  { name: 'a balancer: connections of readers', load: balancerLoad },
  { name: 'PostgreSQL, one core: each node looks at each node', load: beatLoad },
];

/** Returns every bound with the readers that reach it, the first first. */
export function bottlenecksOf(ground: Ground): Bottleneck[] {
  return bounds
    .map(({ name, load }) => ({ name, readers: leastReaders((readers) => !(load(readers, ground) < 1)) }))
    .sort((one, other) => one.readers - other.readers);
}

/** Finds by halving, to a thousandth; `Infinity` where even a thousand million do not. Where no number of nodes is enough
 *  loads are no numbers, and reached. */
function leastReaders(isReached: (readers: number) => boolean): number {
  if (!isReached(mostReaders)) return Number.POSITIVE_INFINITY;
  let [below, above] = [1, mostReaders];
  while (above / below > 1.001) {
    const middle = Math.sqrt(above * below);
    if (isReached(middle)) above = middle;
    else below = middle;
  }
  return above;
}

function textLoad(readers: number, ground: Ground): number {
  const { units, assumptions } = ground;
  const { tokens, appendsAToken } = demandOf(readers, ground);
  const micros = units.token.redisCpuMicros + units.readingNode.redisCpuMicros * assumptions.readElsewhere;
  return (tokens * appendsAToken * micros) / 1e6 / assumptions.fullRedis;
}

function hintLoad(readers: number, ground: Ground): number {
  const { units, assumptions } = ground;
  const { replies, nodes } = demandOf(readers, ground);
  const heard = units.hint.redisCpuMicros + times(units.hearing, nodes).redisCpuMicros;
  return (replies * units.reply.redisHints * heard) / 1e6 / assumptions.fullRedis;
}

function hearingLoad(readers: number, ground: Ground): number {
  const { units, assumptions } = ground;
  const { replies } = demandOf(readers, ground);
  return (replies * units.reply.redisHints * units.hearing.nodeCpuMicros) / 1e6 / assumptions.fullNode;
}

function redisConnections(readers: number, ground: Ground): number {
  return (demandOf(readers, ground).nodes * connectionsToRedis) / ground.assumptions.redisConnections;
}

function postgresConnections(readers: number, ground: Ground): number {
  return demandOf(readers, ground).postgresConnections / ground.assumptions.postgresConnections;
}

function writeLoad(readers: number, ground: Ground): number {
  const { replies, nodes } = demandOf(readers, ground);
  const { reply, idle } = ground.units;
  return (replies * reply.postgresWrites + nodes * idle.postgresWrites) / ground.assumptions.postgresWrites;
}

function postgresLoad(readers: number, ground: Ground): number {
  return demandOf(readers, ground).postgresCores / ground.assumptions.postgresCores;
}

function balancerLoad(readers: number, { assumptions }: Ground): number {
  return (readers * connectionsAReader) / assumptions.balancerConnections;
}

function beatLoad(readers: number, { units, assumptions, ...ground }: Ground): number {
  const { nodes } = demandOf(readers, { units, assumptions, ...ground });
  return (nodes * nodes * beatsASecond * units.knownNode.postgresCpuMicros) / 1e6 / assumptions.fullPostgres;
}
