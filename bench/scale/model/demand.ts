// The traffic of concurrent readers, and what it demands of nodes, Redis and PostgreSQL: averages from the measured unit costs.
import { type Assumptions, defaultAssumptions, nodesMeasured, renewalsASecond } from './assumptions.ts';
import { type Cost, sumOf, times } from './cost.ts';
import { type Measured, unitsOf } from './measured.ts';

/** The inputs of the model. `pace`: tokens a second of each stream. */
export type ModelInputs = ReturnType<typeof inputsOf>;

/** The demand; `Infinity` where no number of nodes is enough. Nodes have one core each; the cost is that of a second. */
export type Demand = ReturnType<typeof demandOf>;

const secondsAMonth = 30 * 86_400;

/** Returns the inputs of the model, with `changes` to the assumptions. */
export function inputsOf(measured: Measured, changes: Partial<Assumptions> = {}) {
  const assumptions: Assumptions = { ...defaultAssumptions, ...changes };
  return { units: unitsOf(measured), sizes: measured.sizes, pace: measured.pace, assumptions };
}

/** Returns the demand of `readers` readers. Amounts are named as in the tables. */
export function demandOf(readers: number, inputs: ModelInputs) {
  const { assumptions, sizes, units } = inputs;
  const { readersAStream, tokensAReply, prices } = assumptions;
  const traffic = trafficOf(readers, inputs);
  const { streams, tokens, appendsAToken } = traffic;
  const nodes = nodesFor(traffic, inputs);
  const cost = costOf(traffic, nodes, inputs);
  const textMicros = units.token.redisCpuMicros + units.readingNode.redisCpuMicros * assumptions.readElsewhere;
  const redisCores = cost.redisCpuMicros / 1e6 / assumptions.fullRedis;
  const redisBytes = streams * (sizes.redisBytesAStream + (sizes.redisBytesAToken * tokensAReply) / 2);
  const redisServers = Math.ceil(Math.max(redisCores, redisBytes / assumptions.redisMemoryBytes));
  const postgresCores = cost.postgresCpuMicros / 1e6 / assumptions.fullPostgres;
  const postgresServers = Math.ceil(
    Math.max(postgresCores / assumptions.postgresCores, cost.postgresWrites / assumptions.postgresWrites),
  );
  const bytesToReaders = cost.readerBytes + tokens * readersAStream * assumptions.bytesAPacket;
  return {
    ...traffic,
    nodes,
    redisServers,
    cost,
    /** CPU time of Redis for live text, in a second. */
    liveTextSeconds: (tokens * appendsAToken * textMicros) / 1e6,
    amounts: {
      'streams under way': streams,
      'replies started a second': traffic.replies,
      'tokens a second': tokens,
      nodes,
      'requests to Redis a second': cost.redisRequests,
      'cores of Redis': redisCores,
      'writing transactions a second': cost.postgresWrites,
      'statements a second': cost.postgresStatements,
      'cores of PostgreSQL': postgresCores,
      'connections to PostgreSQL': nodes * assumptions.connectionsANode,
      'Gbit/s to readers': (bytesToReaders * 8) / 1e9,
      'Gbit/s between nodes and Redis': ((cost.redisBytesIn + cost.redisBytesOut) * 8) / 1e9,
    },
    machines: {
      'servers of Redis': redisServers,
      'servers of PostgreSQL': postgresServers,
      'machines, money a month': nodes * prices.node + redisServers * prices.redis + postgresServers * prices.postgres,
      'traffic to readers, money a month': ((bytesToReaders * secondsAMonth) / 1e9) * prices.gigabyte,
    },
  };
}

/** Returns the least whole number that is enough, where every higher one is, too; `Infinity` where a billion is not enough. */
export function leastOf(isEnough: (count: number) => boolean): number {
  let [tooFew, enough] = [0, 1e9];
  if (!isEnough(enough)) return Number.POSITIVE_INFINITY;
  while (enough - tooFew > 1) {
    const middle = Math.floor((tooFew + enough) / 2);
    if (isEnough(middle)) enough = middle;
    else tooFew = middle;
  }
  return enough;
}

/** Returns the share of sends that remains when random arrivals, `arrivals` between two sends on average, are merged. */
export function mergedShare(arrivals: number): number {
  return arrivals === 0 ? 1 : (1 - Math.exp(-arrivals)) / arrivals;
}

/** Returns the average number of nodes, other than the producer's, that read a stream. */
export function readingNodesOf(nodes: number, { readersAStream, readElsewhere }: Assumptions): number {
  return nodes <= 1 ? 0 : (nodes - 1) * (1 - (1 - readElsewhere / (nodes - 1)) ** readersAStream);
}

/** The streams and their traffic per second. */
type Traffic = ReturnType<typeof trafficOf>;

function trafficOf(readers: number, { pace, units, assumptions }: ModelInputs) {
  const { readersAStream, tokensAReply, appendEveryMs } = assumptions;
  const streams = readers / readersAStream;
  const tokens = streams * pace;
  const replies = tokens / tokensAReply;
  const appendsAToken = mergedShare(pace * (appendEveryMs / 1000));
  return { readers, streams, replies, hints: replies * units.reply.redisHints, tokens, appendsAToken };
}

/** Returns the total cost of a second on `nodes` nodes, including the cost that nodes cause each other. */
function costOf({ streams, replies, hints, tokens, appendsAToken }: Traffic, nodes: number, inputs: ModelInputs): Cost {
  const { units, assumptions } = inputs;
  const receivers = assumptions.hintsToAll ? nodes : 1;
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
  const { redisRequests, redisCommands, redisCpuMicros } = times(cost, share);
  return { ...cost, redisRequests, redisCommands, redisCpuMicros };
}

/** Returns the minimum number of nodes by CPU and by memory. Each node receives the hints of all others; a higher number is
 *  never worse. */
function nodesFor(traffic: Traffic, inputs: ModelInputs): number {
  const { sizes, assumptions } = inputs;
  const held = traffic.streams * sizes.nodeKbAStream + (traffic.readers - traffic.streams) * sizes.nodeKbAReader;
  return leastOf(
    (nodes) =>
      costOf(traffic, nodes, inputs).nodeCpuMicros / 1e6 <= nodes * assumptions.fullNode &&
      assumptions.nodeBaseKb + held / nodes <= assumptions.nodeMemoryKb,
  );
}
