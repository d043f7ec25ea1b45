// What so many concurrent readers ask of nodes, Redis and PostgreSQL: averages, from the measured cost of one of each.
import { type Cost, sumOf, times } from './cost.ts';
import { beatsASecond, nodesMeasured } from './measured.ts';
import { type Ground, type Rates, ratesOf, readingNodesOf } from './rates.ts';

/** Is what it takes; `Infinity` where no number is enough. */
export interface Demand extends Rates {
  /** Of one core each. */
  readonly nodes: number;
  /** What a second costs, all in all. */
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
/** Who needs more has no number that is enough. */
const mostNodes = 1e9;

/** Returns what so many readers take. */
export function demandOf(readers: number, ground: Ground): Demand {
  const { assumptions } = ground;
  const rates = ratesOf(readers, ground);
  const nodes = nodesFor(rates, ground);
  const cost = costOf(rates, nodes, ground);
  const { redisCores, redisServers } = redisFor(rates, cost, ground);
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

/** Returns what a second costs in all, on so many nodes. */
function costOf(rates: Rates, nodes: number, ground: Ground): Cost {
  const { units, assumptions } = ground;
  const hints = rates.replies * units.reply.redisHints;
  const hearers = assumptions.design.hintsToAll ? nodes : 1;
  return sumOf([
    withoutNodes(rates, nodes, ground),
    times(units.idle, nodes),
    times(units.hearing, hints * (hearers - nodesMeasured)), // so many are in the cost of a reply
    times(units.knownNode, nodes * nodes * beatsASecond),
  ]);
}

/** Returns what a second costs but for what nodes cost each other. */
function withoutNodes({ streams, replies, tokens, appendsAToken }: Rates, nodes: number, ground: Ground): Cost {
  const { units, assumptions } = ground;
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

/** Merges what goes to Redis and back; what readers and providers bring stays as it is. */
function appended(cost: Cost, share: number): Cost {
  const { redisAsked, redisCommands, redisCpuMicros } = cost;
  return {
    ...cost,
    redisAsked: redisAsked * share,
    redisCommands: redisCommands * share,
    redisCpuMicros: redisCpuMicros * share,
  };
}

/** Returns the least number of nodes that are not too full, by CPU or by memory: each hears what all the others tell. */
function nodesFor(rates: Rates, ground: Ground): number {
  const { sizes, assumptions } = ground;
  const { streams, readers } = rates;
  const isEnough = (nodes: number) => {
    const cores = costOf(rates, nodes, ground).nodeCpuMicros / 1e6;
    const held = streams * sizes.nodeKbAStream + (readers - streams) * sizes.nodeKbAReader;
    const kb = assumptions.nodeBaseKb + held / nodes;
    return cores <= nodes * assumptions.fullNode && kb <= assumptions.nodeMemoryKb;
  };
  return leastOf(isEnough, mostNodes);
}

/** Returns the least whole number from 1 that is enough, where more is never worse; `Infinity` where `most` is not. */
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

function redisFor({ streams }: Rates, cost: Cost, { sizes, assumptions }: Ground) {
  const redisCores = cost.redisCpuMicros / 1e6 / assumptions.fullRedis;
  const bytes = streams * (sizes.redisBytesAStream + (sizes.redisBytesAToken * assumptions.tokensAReply) / 2);
  return { redisCores, redisServers: Math.ceil(Math.max(redisCores, bytes / assumptions.redisMemoryBytes)) };
}
