// What the model supposes and nobody measured: how people use it, how full a machine may be, and what machines are like.

/** Is everything supposed. */
export interface Assumptions {
  readonly readersAStream: number;
  readonly tokensAReply: number;
  /** Share of readers that are not on the producer's node: they resumed, or read in a second tab or device. */
  readonly readElsewhere: number;
  /** Share of a core's time that may be used on average, so that bursts do not show: of nodes, Redis, PostgreSQL. */
  readonly fullNode: number;
  readonly fullRedis: number;
  readonly fullPostgres: number;
  readonly nodeMemoryKb: number;
  /** A node with nothing to do. */
  readonly nodeBaseKb: number;
  readonly redisMemoryBytes: number;
  readonly redisConnections: number;
  readonly postgresCores: number;
  /** Transactions a second that its disk takes. */
  readonly postgresWrites: number;
  readonly postgresConnections: number;
  /** What a node may open at most: 10 to read, 4 to write. */
  readonly connectionsANode: number;
  /** A reader has two: the reply, and the feed. */
  readonly balancerConnections: number;
  /** TCP, IP and TLS around each token on its way to a reader. */
  readonly bytesAPacket: number;
  /** Examples, in money a month. */
  readonly prices: Prices;
  readonly design: Design;
}

/** Is what machines cost a month, and a gigabyte to readers. */
interface Prices {
  readonly node: number;
  readonly redis: number;
  readonly postgres: number;
  readonly gigabyte: number;
}

/** Is what differs between the program as it is built and one that could grow further. */
export interface Design {
  /** Every node hears of every change of every user; else only the node that has the user's feed open. */
  readonly hintsToAll: boolean;
  /** The least time between two appends of a stream, in milliseconds; what comes meanwhile goes with it. */
  readonly appendEveryMs: number;
}

/** Is the program as it is. */
export const asBuilt: Design = { hintsToAll: true, appendEveryMs: 5 };

/** Is the program with the changes that docs/scaling.md names. */
export const changed: Design = { hintsToAll: false, appendEveryMs: 100 };

/** Is what the tables of docs/scaling.md suppose. */
export const supposed: Assumptions = {
  readersAStream: 1,
  tokensAReply: 400,
  readElsewhere: 0.1,
  fullNode: 0.6,
  fullRedis: 0.6,
  fullPostgres: 0.6,
  nodeMemoryKb: 2_000_000,
  nodeBaseKb: 200_000,
  redisMemoryBytes: 6e9,
  redisConnections: 10_000,
  postgresCores: 16,
  postgresWrites: 10_000,
  postgresConnections: 500,
  connectionsANode: 14,
  balancerConnections: 100_000,
  bytesAPacket: 100,
  prices: { node: 20, redis: 100, postgres: 800, gigabyte: 0.05 },
  design: asBuilt,
};
