// The assumptions of the model: usage, target utilization, the size of machines, and the design.

/** Lease renewals of a node per second. */
export const renewalsASecond = 2;
/** The number of nodes in the measurement. Each hint of a reply reached all of them. */
export const nodesMeasured = 3;

/** The assumptions of the tables in docs/scaling.md about the present design. */
export const defaultAssumptions = {
  readersAStream: 1,
  tokensAReply: 400,
  /** Share of readers on another node than the producer's: they resumed, or use a second tab or device. */
  readElsewhere: 0.1,
  /** Target utilization of a core of a node, of Redis and of PostgreSQL, with room for bursts. */
  fullNode: 0.6,
  fullRedis: 0.6,
  fullPostgres: 0.6,
  nodeMemoryKb: 2_000_000,
  /** Memory of an idle node. */
  nodeBaseKb: 200_000,
  redisMemoryBytes: 6e9,
  redisConnections: 10_000,
  postgresCores: 16,
  /** Transactions a second that the disk allows. */
  postgresWrites: 10_000,
  postgresConnections: 500,
  /** The maximum of a node: 10 to read, 4 to write. */
  connectionsANode: 14,
  /** A reader has two: the reply, and the feed. */
  balancerConnections: 100_000,
  /** TCP, IP and TLS around each token on its way to a reader. */
  bytesAPacket: 100,
  /** Examples, in money a month: one machine of each kind, and a gigabyte to readers. */
  prices: { node: 20, redis: 100, postgres: 800, gigabyte: 0.05 },
  /** Whether every node receives every hint, or only the node that has the user's feed open. */
  hintsToAll: true,
  /** The minimum time between two appends of a stream, in milliseconds. Tokens that arrive meanwhile share an append. */
  appendEveryMs: 5,
};

/** All assumptions. */
export type Assumptions = Readonly<typeof defaultAssumptions>;

/** The design with the changes that docs/scaling.md describes. */
export const changedDesign: Partial<Assumptions> = { hintsToAll: false, appendEveryMs: 100 };
