// The traffic of concurrent readers, and what it demands of nodes, Redis and PostgreSQL: averages from the measured unit costs.
import type { Assumptions } from './assumptions.ts';
import { type Cost, sumOf, times } from './cost.ts';
import { nodesMeasured, renewalsASecond, type Sizes, type Units } from './measured.ts';

/** The inputs of the model. `pace`: tokens a second of each stream. */
export interface ModelInputs {
  readonly units: Units;
  readonly sizes: Sizes;
  readonly pace: number;
  readonly assumptions: Assumptions;
}

/** The traffic of a second. */
type Rates = ReturnType<typeof ratesOf>;

/** The demand; `Infinity` where no number of nodes is enough. Nodes have one core each; the cost is that of a second. */
export type Demand = ReturnType<typeof demandOf>;

const secondsAMonth = 30 * 86_400;
/** More nodes than this count as infinite. */
const mostNodes = 1e9;

/** Returns the number of streams and their traffic per second. Tokens that arrive while one waits share its append. */
export function ratesOf(readers: number, { pace, assumptions }: ModelInputs) {
  const { readersAStream, tokensAReply, design } = assumptions;
  const streams = readers / readersAStream;
  const tokens = streams * pace;
  const appendsAToken = mergedShare(pace * (design.appendEveryMs / 1000));
  return { readers, streams, replies: tokens / tokensAReply, tokens, appendsAToken };
}

/** Returns the share of sends that remains when random arrivals, `arrivals` between two sends on average, are merged. */
export function mergedShare(arrivals: number): number {
  return arrivals === 0 ? 1 : (1 - Math.exp(-arrivals)) / arrivals;
}

/** Returns the average number of nodes, other than the producer's, that read a stream. */
export function readingNodesOf(nodes: number, { readersAStream, readElsewhere }: Assumptions): number {
  return nodes <= 1 ? 0 : (nodes - 1) * (1 - (1 - readElsewhere / (nodes - 1)) ** readersAStream);
}

/** Returns the demand of `readers` readers. */
export function demandOf(readers: number, inputs: ModelInputs) {
  const { assumptions, sizes } = inputs;
  const { readersAStream, tokensAReply, bytesAPacket, prices } = assumptions;
  const rates = ratesOf(readers, inputs);
  const nodes = nodesFor(rates, inputs);
  const cost = costOf(rates, nodes, inputs);
  const redisCores = cost.redisCpuMicros / 1e6 / assumptions.fullRedis;
  const redisBytes = rates.streams * (sizes.redisBytesAStream + (sizes.redisBytesAToken * tokensAReply) / 2);
  const redisServers = Math.ceil(Math.max(redisCores, redisBytes / assumptions.redisMemoryBytes));
  const postgresCores = cost.postgresCpuMicros / 1e6 / assumptions.fullPostgres;
  const postgresServers = Math.ceil(
    Math.max(postgresCores / assumptions.postgresCores, cost.postgresWrites / assumptions.postgresWrites),
  );
  const bytesToReaders = cost.readerBytes + rates.tokens * readersAStream * bytesAPacket;
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
      machines: nodes * prices.node + redisServers * prices.redis + postgresServers * prices.postgres,
      traffic: ((bytesToReaders * secondsAMonth) / 1e9) * prices.gigabyte,
    },
  };
}

/** Returns the total cost of a second on `nodes` nodes, including the cost that nodes cause each other. */
function costOf({ streams, replies, tokens, appendsAToken }: Rates, nodes: number, inputs: ModelInputs): Cost {
  const { units, assumptions } = inputs;
  const hints = replies * units.reply.redisHints;
  const receivers = assumptions.design.hintsToAll ? nodes : 1;
  const readingNodes = readingNodesOf(nodes, assumptions);
  const furtherReaders = Math.max(0, assumptions.readersAStream - 1 - readingNodes);
  return sumOf([
    times(units.reply, replies),
    times(units.feed, replies * assumptions.readersAStream),
    times(units.live, streams),
    appended(times(units.token, tokens), appendsAToken),
    appended(times(units.readingNode, tokens * readingNodes), appendsAToken),
    times(units.reader, tokens * furtherReaders),
    times(units.idle, nodes),
    times(units.hearing, hints * (receivers - nodesMeasured)), // these are already in the cost of a reply
    times(units.knownNode, nodes * nodes * renewalsASecond),
  ]);
}

/** Scales the cost of merged appends in Redis. The cost of readers and providers stays the same. */
function appended(cost: Cost, share: number): Cost {
  const { redisRequests, redisCommands, redisCpuMicros } = cost;
  return {
    ...cost,
    redisRequests: redisRequests * share,
    redisCommands: redisCommands * share,
    redisCpuMicros: redisCpuMicros * share,
  };
}

/** Returns the minimum number of nodes by CPU and by memory; `Infinity` where none is enough. Each node receives the hints of
 *  all others; a higher number is never worse. */
function nodesFor(rates: Rates, inputs: ModelInputs): number {
  const { sizes, assumptions } = inputs;
  const held = rates.streams * sizes.nodeKbAStream + (rates.readers - rates.streams) * sizes.nodeKbAReader;
  const isEnough = (nodes: number) =>
    costOf(rates, nodes, inputs).nodeCpuMicros / 1e6 <= nodes * assumptions.fullNode &&
    assumptions.nodeBaseKb + held / nodes <= assumptions.nodeMemoryKb;
  if (!isEnough(mostNodes)) return Number.POSITIVE_INFINITY;
  let [tooFew, enough] = [0, mostNodes];
  while (enough - tooFew > 1) {
    const middle = Math.floor((tooFew + enough) / 2);
    if (isEnough(middle)) enough = middle;
    else tooFew = middle;
  }
  return enough;
}
