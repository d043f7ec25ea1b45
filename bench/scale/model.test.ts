// The model against cases that were worked out by hand.
import { expect, test } from 'vitest';
import { asBuilt, supposed } from './assumptions.ts';
import { bottlenecksOf } from './bottlenecks.ts';
import { free } from './cost.ts';
import type { Units } from './measured.ts';
import { demandOf } from './model.ts';
import { type Ground, mergedShare, ratesOf, readingNodesOf } from './rates.ts';

const units: Units = {
  idle: { ...free, postgresWrites: 2 },
  reply: { ...free, nodeCpuMicros: 5_000, postgresWrites: 2, postgresCpuMicros: 3_000 },
  feed: free,
  token: { ...free, nodeCpuMicros: 100, redisAsked: 1, redisCpuMicros: 20, readerBytes: 100 },
  readingNode: { ...free, nodeCpuMicros: 50, redisAsked: 1, redisCpuMicros: 10, readerBytes: 100 },
  reader: { ...free, nodeCpuMicros: 10, readerBytes: 100 },
  live: free,
  hint: free,
  hearing: free,
  open: free,
  knownNode: free,
};
const sizes = {
  nodeKbAStream: 50,
  nodeKbAReader: 20,
  redisBytesAStream: 500,
  redisBytesAToken: 10,
  databaseBytesAReply: 1000,
};
const plain = {
  ...supposed,
  readersAStream: 1,
  tokensAReply: 400,
  readElsewhere: 0,
  fullNode: 0.5,
  fullRedis: 0.5,
  fullPostgres: 0.5,
  bytesAPacket: 25,
  design: { ...asBuilt, appendEveryMs: 0 },
};

function ground(changes: Partial<Ground['assumptions']> = {}, changedUnits: Partial<Units> = {}): Ground {
  return { units: { ...units, ...changedUnits }, sizes, pace: 20, assumptions: { ...plain, ...changes } };
}

test('a thousand readers with a reply each bring 20,000 tokens and 50 replies a second', () => {
  expect(ratesOf(1_000, ground())).toMatchObject({ streams: 1_000, tokens: 20_000, replies: 50, appendsAToken: 1 });
});

test('nodes are as many as their time allows: 2 s of tokens and 0.25 s of replies, half a second each', () => {
  const { nodes, cost } = demandOf(1_000, ground());

  expect(nodes).toBe(5); // 2.25 s / 0.5 s
  expect(cost.nodeCpuMicros).toBe(2_250_000);
});

test('nodes are as many as memory needs, where that is more', () => {
  // 1,000 streams x 50 kB, in nodes of which 10 MB are left for streams
  expect(demandOf(1_000, ground({ nodeBaseKb: 0, nodeMemoryKb: 5_000 })).nodes).toBe(10);
});

test('Redis and PostgreSQL are as many as their time allows', () => {
  const demand = demandOf(1_000, ground({ postgresCores: 1, postgresWrites: 1_000 }));

  expect(demand.redisCores).toBeCloseTo(0.8); // 20,000 x 20 us, half a second each
  expect(demand.redisServers).toBe(1);
  expect(demand.postgresCores).toBeCloseTo(0.3); // 50 x 3 ms
  expect(demand.cost.postgresWrites).toBe(110); // 50 x 2, and the beats of 5 nodes
  expect(demand.postgresConnections).toBe(70);
});

test('what goes to readers is their bytes, and those around them', () => {
  expect(demandOf(1_000, ground()).bitsToReaders).toBe(20_000 * 125 * 8);
});

test('readers elsewhere make other nodes read: one reader in ten, one node for a tenth of the streams', () => {
  expect(readingNodesOf(11, { ...plain, readElsewhere: 0.1 })).toBeCloseTo(0.1);

  const { cost } = demandOf(1_000, ground({ readElsewhere: 0.1 }));
  expect(cost.redisAsked).toBeCloseTo(22_000);
});

test('many readers of a stream are on every node, and on none twice', () => {
  expect(readingNodesOf(3, { ...plain, readElsewhere: 0.5, readersAStream: 1_000 })).toBeCloseTo(2);
  expect(readingNodesOf(1, { ...plain, readersAStream: 1_000 })).toBe(0);
});

test('of what comes at random, one in each tick and 0.63 sends: the share of ticks in which anything came', () => {
  expect(mergedShare(0)).toBe(1);
  expect(mergedShare(1)).toBeCloseTo(0.632, 3);
  expect(ratesOf(1_000, ground({ design: { ...asBuilt, appendEveryMs: 100 } })).appendsAToken).toBeCloseTo(0.432, 3);
});

test('no number of nodes is enough, where each is full of what all the others tell', () => {
  const reply = { ...units.reply, redisHints: 2 };
  const hearing = { ...free, nodeCpuMicros: 5_000 };

  // 50 replies, two hints each, 5 ms a hint: half a second of every node
  expect(demandOf(1_000, ground({}, { reply, hearing })).nodes).toBe(Number.POSITIVE_INFINITY);
});

test('the bottleneck that is reached first comes first, at as many readers as it takes', () => {
  const found = bottlenecksOf(ground({ postgresCores: 1, postgresConnections: 14_000, postgresWrites: 1e12 }));

  const [first, second] = found;
  expect(first?.name).toBe('Redis, one core: live text');
  expect(first?.readers).toBeCloseTo(1_250, -1); // 20 tokens x 20 us a stream: 2,500 a core, half of it
  expect(second?.name).toBe('PostgreSQL: CPU');
  expect(second?.readers).toBeCloseTo(3_333, -1); // a reply in 20 s, 3 ms each
  expect(found.find(({ name }) => name.startsWith('PostgreSQL: connections'))?.readers).toBeGreaterThan(200_000);
});
