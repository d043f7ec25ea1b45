// The limits of the present design, each with the number of concurrent readers that reaches it.
import { times } from './cost.ts';
import { demandOf } from './demand.ts';
import { beatsASecond } from './measured.ts';
import type { ModelInputs } from './rates.ts';

/** One limit: `load` is 1 where it is reached. */
interface Bound {
  readonly name: string;
  readonly load: (readers: number, inputs: ModelInputs) => number;
}

/** A limit and the number of readers that reaches it; `Infinity` where none does. */
export interface Bottleneck {
  readonly name: string;
  readonly readers: number;
}

const connectionsToRedis = 2;
const connectionsAReader = 2;
const mostReaders = 1e9;

/** All known limits. */
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

/** Returns every limit with the readers that reach it, lowest first. */
export function bottlenecksOf(inputs: ModelInputs): Bottleneck[] {
  return bounds
    .map(({ name, load }) => ({ name, readers: leastReaders((readers) => !(load(readers, inputs) < 1)) }))
    .sort((one, other) => one.readers - other.readers);
}

/** Bisects to a thousandth; `Infinity` where a thousand million readers do not reach it. Where no number of nodes is enough,
 *  loads are NaN, which counts as reached. */
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

function textLoad(readers: number, inputs: ModelInputs): number {
  const { units, assumptions } = inputs;
  const { tokens, appendsAToken } = demandOf(readers, inputs);
  const micros = units.token.redisCpuMicros + units.readingNode.redisCpuMicros * assumptions.readElsewhere;
  return (tokens * appendsAToken * micros) / 1e6 / assumptions.fullRedis;
}

function hintLoad(readers: number, inputs: ModelInputs): number {
  const { units, assumptions } = inputs;
  const { replies, nodes } = demandOf(readers, inputs);
  const heard = units.hint.redisCpuMicros + times(units.hearing, nodes).redisCpuMicros;
  return (replies * units.reply.redisHints * heard) / 1e6 / assumptions.fullRedis;
}

function hearingLoad(readers: number, inputs: ModelInputs): number {
  const { units, assumptions } = inputs;
  const { replies } = demandOf(readers, inputs);
  return (replies * units.reply.redisHints * units.hearing.nodeCpuMicros) / 1e6 / assumptions.fullNode;
}

function redisConnections(readers: number, inputs: ModelInputs): number {
  return (demandOf(readers, inputs).nodes * connectionsToRedis) / inputs.assumptions.redisConnections;
}

function postgresConnections(readers: number, inputs: ModelInputs): number {
  return demandOf(readers, inputs).postgresConnections / inputs.assumptions.postgresConnections;
}

function writeLoad(readers: number, inputs: ModelInputs): number {
  const { replies, nodes } = demandOf(readers, inputs);
  const { reply, idle } = inputs.units;
  return (replies * reply.postgresWrites + nodes * idle.postgresWrites) / inputs.assumptions.postgresWrites;
}

function postgresLoad(readers: number, inputs: ModelInputs): number {
  return demandOf(readers, inputs).postgresCores / inputs.assumptions.postgresCores;
}

function balancerLoad(readers: number, { assumptions }: ModelInputs): number {
  return (readers * connectionsAReader) / assumptions.balancerConnections;
}

function beatLoad(readers: number, { units, assumptions, ...inputs }: ModelInputs): number {
  const { nodes } = demandOf(readers, { units, assumptions, ...inputs });
  return (nodes * nodes * beatsASecond * units.knownNode.postgresCpuMicros) / 1e6 / assumptions.fullPostgres;
}
