// What something costs, in every currency at once: plain numbers, so that costs can be added up and multiplied.

const currencies = [
  'nodeCpuMicros',
  /** Commands as nodes send them; then the same with those that scripts run. */
  'redisAsked',
  'redisCommands',
  /** Published to every node. */
  'redisHints',
  'redisCpuMicros',
  'redisBytesIn',
  'redisBytesOut',
  'postgresStatements',
  /** Transactions that write, and are waited for. */
  'postgresWrites',
  'postgresCpuMicros',
  'postgresWalBytes',
  /** What readers get, with HTTP's framing, without that of TCP and IP. */
  'readerBytes',
] as const;

type Currency = (typeof currencies)[number];

/** Is a cost: of a token, of a reply, of a second of everything. */
export type Cost = Readonly<Record<Currency, number>>;

/** Is who pays. */
export type Place = 'node' | 'redis' | 'postgres';

/** Costs nothing. */
export const free: Cost = costBy(() => 0);

/** Makes a cost, one currency after the other. */
export function costBy(priceIn: (currency: Currency) => number): Cost {
  return Object.fromEntries(currencies.map((currency) => [currency, priceIn(currency)])) as Record<Currency, number>;
}

/** Adds costs up. */
export function sumOf(costs: readonly Cost[]): Cost {
  return costBy((currency) => costs.reduce((sum, cost) => sum + cost[currency], 0));
}

/** Returns the cost of so many of the same. */
export function times(cost: Cost, count: number): Cost {
  return costBy((currency) => cost[currency] * count);
}

/** Returns what one thing costs more than another; what the noise of measuring would make a gain costs nothing. */
export function beyond(cost: Cost, other: Cost): Cost {
  return costBy((currency) => Math.max(0, cost[currency] - other[currency]));
}

/** Keeps what is paid at one place. */
export function paidBy(place: Place, cost: Cost): Cost {
  return costBy((currency) => (currency.startsWith(place) ? cost[currency] : 0));
}
