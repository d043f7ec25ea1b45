// The demand of concurrent readers on nodes, Redis and PostgreSQL: averages from the measured unit costs.
import { type Cost, sumOf, times } from './cost.ts';
import { beatsASecond, nodesMeasured } from './measured.ts';
import { type ModelInputs, type Rates, ratesOf, readingNodesOf } from './rates.ts';

/** The demand; `Infinity` where no number of nodes is enough. */
export interface Demand extends Rates {
  /** Of one core each. */
  readonly nodes: number;
  /** The total cost of a second. */
  readonly cost: Cost;
  /** Cores of Redis, and servers. */
  readonly redisCores: number;
  readonly redisServers: number;
  readonly postgresCores: number;
  readonly postgresServers: number;
  readonly postgresConnections: number;
  readonly bitsToReaders: number;
  readonly bitsInside: number;
  readonly money: { readonly machines: number; readonly traffic: number };
}

const secondsAMonth = 30 * 86_400;
/** More nodes than this count as infinite. */
const mostNodes = 1e9;

/** Returns the demand of `readers` readers. */
export function demandOf(readers: number, inputs: ModelInputs): Demand {
  const { assumptions } = inputs;
  const rates = ratesOf(readers, inputs);
  const nodes = nodesFor(rates, inputs);
  const cost = costOf(rates, nodes, inputs);
  const { redisCores, redisServers } = redisFor(rates, cost, inputs);
  const postgresCores = cost.postgresCpuMicros / 1e6 / assumptions.fullPostgres;
  const postgresServers = Math.ceil(
    Math.max(postgresCores / assumptions.postgresCores, cost.postgresWrites / assumptions.postgresWrites),
  );
  const bytesToReaders = cost.readerBytes + rates.tokens * assumptions.readersAStream * assumptions.bytesAPacket;
  const { node, redis, postgres, gigabyte } = assumptions.prices;
  return {
    ...rates,
    nodes,
    cost,
    redisCores,
    redisServers,
    postgresCores,
    postgresServers,
    postgresConnections: nodes * assumptions.connectionsANode,
    bitsToReaders: bytesToReaders * 8,
    bitsInside: (cost.redisBytesIn + cost.redisBytesOut) * 8,
    money: {
      machines: nodes * node + redisServers * redis + postgresServers * postgres,
      traffic: ((bytesToReaders * secondsAMonth) / 1e9) * gigabyte,
    },
  };
}

/** Returns the total cost of a second on `nodes` nodes. */
function costOf(rates: Rates, nodes: number, inputs: ModelInputs): Cost {
  const { units, assumptions } = inputs;
  const hints = rates.replies * units.reply.redisHints;
  const hearers = assumptions.design.hintsToAll ? nodes : 1;
  return sumOf([
    withoutNodes(rates, nodes, inputs),
    times(units.idle, nodes),
    times(units.hearing, hints * (hearers - nodesMeasured)), // these are already in the cost of a reply
    times(units.knownNode, nodes * nodes * beatsASecond),
  ]);
}

/** Returns the cost of a second without the cost that nodes cause each other. */
function withoutNodes({ streams, replies, tokens, appendsAToken }: Rates, nodes: number, inputs: ModelInputs): Cost {
  const { units, assumptions } = inputs;
  const readingNodes = readingNodesOf(nodes, assumptions);
  const furtherReaders = Math.max(0, assumptions.readersAStream - 1 - readingNodes);
  return sumOf([
    times(units.reply, replies),
    times(units.feed, replies * assumptions.readersAStream),
    times(units.live, streams),
    appended(times(units.token, tokens), appendsAToken),
    appended(times(units.readingNode, tokens * readingNodes), appendsAToken),
    times(units.reader, tokens * furtherReaders),
  ]);
}

/** Scales the cost of merged appends in Redis. The cost of readers and providers stays the same. */
function appended(cost: Cost, share: number): Cost {
  const { redisAsked, redisCommands, redisCpuMicros } = cost;
  return {
    ...cost,
    redisAsked: redisAsked * share,
    redisCommands: redisCommands * share,
    redisCpuMicros: redisCpuMicros * share,
  };
}

/** Returns the minimum number of nodes by CPU and by memory. Each node receives the hints of all others. */
function nodesFor(rates: Rates, inputs: ModelInputs): number {
  const { sizes, assumptions } = inputs;
  const { streams, readers } = rates;
  const isEnough = (nodes: number) => {
    const cores = costOf(rates, nodes, inputs).nodeCpuMicros / 1e6;
    const held = streams * sizes.nodeKbAStream + (readers - streams) * sizes.nodeKbAReader;
    const kb = assumptions.nodeBaseKb + held / nodes;
    return cores <= nodes * assumptions.fullNode && kb <= assumptions.nodeMemoryKb;
  };
  return leastOf(isEnough, mostNodes);
}

/** Returns the minimum count from 1 that is enough; `Infinity` where `most` is not. A higher count is never worse. */
function leastOf(isEnough: (count: number) => boolean, most: number): number {
  if (!isEnough(most)) return Number.POSITIVE_INFINITY;
  let [tooFew, enough] = [0, most];
  while (enough - tooFew > 1) {
    const middle = Math.floor((tooFew + enough) / 2);
    if (isEnough(middle)) enough = middle;
    else tooFew = middle;
  }
  return enough;
}

function redisFor({ streams }: Rates, cost: Cost, { sizes, assumptions }: ModelInputs) {
  const redisCores = cost.redisCpuMicros / 1e6 / assumptions.fullRedis;
  const bytes = streams * (sizes.redisBytesAStream + (sizes.redisBytesAToken * assumptions.tokensAReply) / 2);
  return { redisCores, redisServers: Math.ceil(Math.max(redisCores, bytes / assumptions.redisMemoryBytes)) };
}
