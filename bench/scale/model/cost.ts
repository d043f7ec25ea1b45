// A cost in every resource at once: plain numbers that can be added and multiplied.

const currencies = [
  'nodeCpuMicros',
  /** Commands that nodes send; then the same with the commands inside scripts. */
  'redisRequests',
  'redisCommands',
  /** Published to every node. */
  'redisHints',
  'redisCpuMicros',
  'redisBytesIn',
  'redisBytesOut',
  'postgresStatements',
  /** Writing transactions. */
  'postgresWrites',
  'postgresCpuMicros',
  'postgresWalBytes',
  /** Bytes to readers, with HTTP framing, without TCP and IP. */
  'readerBytes',
] as const;

type Currency = (typeof currencies)[number];

/** The cost of a token, of a reply, or of a second of the cluster. */
export type Cost = Readonly<Record<Currency, number>>;

/** The process that bears a cost. */
export type Place = 'node' | 'redis' | 'postgres';

/** The zero cost. */
export const noCost: Cost = costBy(() => 0);

/** Builds a cost from a function of the resource. */
export function costBy(priceIn: (currency: Currency) => number): Cost {
  return Object.fromEntries(currencies.map((currency) => [currency, priceIn(currency)])) as Record<Currency, number>;
}

/** Returns the sum of costs. */
export function sumOf(costs: readonly Cost[]): Cost {
  return costBy((currency) => costs.reduce((sum, cost) => sum + cost[currency], 0));
}

/** Returns a cost multiplied by `count`. */
export function times(cost: Cost, count: number): Cost {
  return costBy((currency) => cost[currency] * count);
}

/** Returns the difference of two costs. Negative differences are measurement noise and count as zero. */
export function excess(cost: Cost, other: Cost): Cost {
  return costBy((currency) => Math.max(0, cost[currency] - other[currency]));
}

/** Returns the part of a cost that one process bears. */
export function paidBy(place: Place, cost: Cost): Cost {
  return costBy((currency) => (currency.startsWith(place) ? cost[currency] : 0));
}
