// The limits of the present design, each with the number of concurrent readers that reaches it.
import { renewalsASecond } from './assumptions.ts';
import { type Demand, demandOf, leastOf, type ModelInputs } from './demand.ts';

const connectionsToRedis = 2;
const connectionsAReader = 2;

/** Returns the share of each limit that a demand takes: 1 where the limit is reached. */
function sharesOf(demand: Demand, { units, assumptions }: ModelInputs): Record<string, number> {
  const { readers, nodes, replies, hints, amounts } = demand;
  const { reply, idle, hint, hearing, knownNode } = units;
  const { fullNode, fullRedis, fullPostgres } = assumptions;
  const hintMicros = hint.redisCpuMicros + hearing.redisCpuMicros * nodes;
  const writes = replies * reply.postgresWrites + nodes * idle.postgresWrites;
  const checkMicros = nodes * nodes * renewalsASecond * knownNode.postgresCpuMicros;
  return {
    'Redis, one core: live text': demand.liveTextSeconds / fullRedis,
    'Redis, one core: hints of feeds, to every node': (hints * hintMicros) / 1e6 / fullRedis,
    'a node, one core: hints of feeds, from every node': (hints * hearing.nodeCpuMicros) / 1e6 / fullNode,
    'Redis: connections of nodes': (nodes * connectionsToRedis) / assumptions.redisConnections,
    'PostgreSQL: connections of nodes': amounts['connections to PostgreSQL'] / assumptions.postgresConnections,
    'PostgreSQL: writing transactions': writes / assumptions.postgresWrites,
    'PostgreSQL: CPU': amounts['cores of PostgreSQL'] / assumptions.postgresCores,
    'a balancer: connections of readers': (readers * connectionsAReader) / assumptions.balancerConnections,
    'PostgreSQL, one core: each node checks each node': checkMicros / 1e6 / fullPostgres,
  };
}

/** Returns every limit with the readers that reach it, `Infinity` where none do; lowest first. Where no number of nodes is
 *  enough, shares are NaN, which counts as reached. */
export function bottlenecksOf(inputs: ModelInputs): { name: string; readers: number }[] {
  const shareOf = (name: string, readers: number) => sharesOf(demandOf(readers, inputs), inputs)[name] ?? 0;
  return Object.keys(sharesOf(demandOf(1, inputs), inputs))
    .map((name) => ({ name, readers: leastOf((readers) => !(shareOf(name, readers) < 1)) }))
    .sort((one, other) => one.readers - other.readers);
}
