// The limits of the present design, each with the number of concurrent readers that reaches it.
import { times } from './cost.ts';
import { type Demand, demandOf, type ModelInputs } from './demand.ts';
import { renewalsASecond } from './measured.ts';

/** A limit and the number of readers that reaches it; `Infinity` where none does. */
export interface Bottleneck {
  readonly name: string;
  readonly readers: number;
}

const connectionsToRedis = 2;
const connectionsAReader = 2;
const mostReaders = 1e9;

/** The share of each limit that the demand takes: 1 where the limit is reached. */
const loads: Readonly<Record<string, (demand: Demand, inputs: ModelInputs) => number>> = {
  'Redis, one core: live text': ({ tokens, appendsAToken }, { units, assumptions }) => {
    const micros = units.token.redisCpuMicros + units.readingNode.redisCpuMicros * assumptions.readElsewhere;
    return (tokens * appendsAToken * micros) / 1e6 / assumptions.fullRedis;
  },
  'Redis, one core: hints of feeds, to every node': ({ replies, nodes }, { units, assumptions }) => {
    const heard = units.hint.redisCpuMicros + times(units.hearing, nodes).redisCpuMicros;
    return (replies * units.reply.redisHints * heard) / 1e6 / assumptions.fullRedis;
  },
  'a node, one core: hints of feeds, from every node': ({ replies }, { units, assumptions }) =>
    (replies * units.reply.redisHints * units.hearing.nodeCpuMicros) / 1e6 / assumptions.fullNode,
  'Redis: connections of nodes': ({ nodes }, { assumptions }) =>
    (nodes * connectionsToRedis) / assumptions.redisConnections,
  'PostgreSQL: connections of nodes': (demand, { assumptions }) =>
    demand.postgresConnections / assumptions.postgresConnections,
  'PostgreSQL: writing transactions': ({ replies, nodes }, { units: { reply, idle }, assumptions }) =>
    (replies * reply.postgresWrites + nodes * idle.postgresWrites) / assumptions.postgresWrites,
  'PostgreSQL: CPU': ({ postgresCores }, { assumptions }) => postgresCores / assumptions.postgresCores,
  'a balancer: connections of readers': ({ readers }, { assumptions }) =>
    (readers * connectionsAReader) / assumptions.balancerConnections,
  'PostgreSQL, one core: each node checks each node': ({ nodes }, { units, assumptions }) =>
    (nodes * nodes * renewalsASecond * units.knownNode.postgresCpuMicros) / 1e6 / assumptions.fullPostgres,
};

/** Returns every limit with the readers that reach it, lowest first. */
export function bottlenecksOf(inputs: ModelInputs): Bottleneck[] {
  return Object.entries(loads)
    .map(([name, load]) => ({
      name,
      readers: leastReaders((readers) => !(load(demandOf(readers, inputs), inputs) < 1)),
    }))
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
