// The assumptions of the model: usage, target utilization, and the size of machines.

/** All assumptions. */
export interface Assumptions {
  readonly readersAStream: number;
  readonly tokensAReply: number;
  /** Share of readers on another node than the producer's: they resumed, or use a second tab or device. */
  readonly readElsewhere: number;
  /** Target utilization of a core of a node, of Redis and of PostgreSQL, with room for bursts. */
  readonly fullNode: number;
  readonly fullRedis: number;
  readonly fullPostgres: number;
  readonly nodeMemoryKb: number;
  /** Memory of an idle node. */
  readonly nodeBaseKb: number;
  readonly redisMemoryBytes: number;
  readonly redisConnections: number;
  readonly postgresCores: number;
  /** Transactions a second that the disk allows. */
  readonly postgresWrites: number;
  readonly postgresConnections: number;
  /** The maximum of a node: 10 to read, 4 to write. */
  readonly connectionsANode: number;
  /** A reader has two: the reply, and the feed. */
  readonly balancerConnections: number;
  /** TCP, IP and TLS around each token on its way to a reader. */
  readonly bytesAPacket: number;
  /** Examples, in money a month. */
  readonly prices: Prices;
  readonly design: Design;
}

/** Prices of machines a month, and of a gigabyte to readers. */
interface Prices {
  readonly node: number;
  readonly redis: number;
  readonly postgres: number;
  readonly gigabyte: number;
}

/** The differences between the present design and one that scales further. */
export interface Design {
  /** Whether every node receives every hint, or only the node that has the user's feed open. */
  readonly hintsToAll: boolean;
  /** The minimum time between two appends of a stream, in milliseconds. Tokens that arrive meanwhile share an append. */
  readonly appendEveryMs: number;
}

/** The present design. */
export const asBuilt: Design = { hintsToAll: true, appendEveryMs: 5 };

/** The design with the changes that docs/scaling.md describes. */
export const changed: Design = { hintsToAll: false, appendEveryMs: 100 };

/** The assumptions of the tables in docs/scaling.md. */
export const defaultAssumptions: Assumptions = {
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
