// A cost in every resource at once: plain numbers that can be added and multiplied.

/** The resources, with their titles in the table of unit costs. Those without a title are not in that table. */
export const resources = {
  nodeCpuMicros: 'node CPU us',
  /** Commands that nodes send; then the same with the commands inside scripts. */
  redisRequests: 'requests to Redis',
  redisCommands: '',
  /** Published to every node. */
  redisHints: '',
  redisCpuMicros: 'Redis CPU us',
  redisBytesIn: 'Redis bytes in',
  redisBytesOut: 'out',
  postgresStatements: 'PostgreSQL statements',
  postgresWrites: 'writing transactions',
  postgresCpuMicros: 'PostgreSQL CPU us',
  postgresWalBytes: 'WAL bytes',
  /** With HTTP framing, without TCP and IP. */
  readerBytes: 'bytes to readers',
};

/** The name of a resource. */
export type Resource = keyof typeof resources;

/** The cost of a token, of a reply, or of a second of the cluster. */
export type Cost = Readonly<Record<Resource, number>>;

/** The zero cost. */
export const noCost: Cost = costBy(() => 0);

/** Builds a cost from a function of the resource. */
export function costBy(amountOf: (resource: Resource) => number): Cost {
  const names = Object.keys(resources) as Resource[];
  return Object.fromEntries(names.map((resource) => [resource, amountOf(resource)])) as Record<Resource, number>;
}

/** Returns the sum of costs. */
export function sumOf(costs: readonly Cost[]): Cost {
  return costBy((resource) => costs.reduce((sum, cost) => sum + cost[resource], 0));
}

/** Returns a cost multiplied by `count`. */
export function times(cost: Cost, count: number): Cost {
  return costBy((resource) => cost[resource] * count);
}

/** Returns the difference of two costs. Negative differences are measurement noise and count as zero. */
export function excess(cost: Cost, other: Cost): Cost {
  return costBy((resource) => Math.max(0, cost[resource] - other[resource]));
}

/** Returns the part of a cost that some processes bear, by the first words of their resources. */
export function paidBy(cost: Cost, ...places: ('node' | 'redis' | 'postgres' | 'reader')[]): Cost {
  return costBy((resource) => (places.some((place) => resource.startsWith(place)) ? cost[resource] : 0));
}
