// The model against cases that were worked out by hand.
import { expect, test } from 'vitest';
import { asBuilt, defaultAssumptions } from './assumptions.ts';
import { bottlenecksOf } from './bottlenecks.ts';
import { noCost } from './cost.ts';
import { demandOf, type ModelInputs, mergedShare, ratesOf, readingNodesOf } from './demand.ts';
import type { Units } from './measured.ts';

const units: Units = {
  idle: { ...noCost, postgresWrites: 2 },
  reply: { ...noCost, nodeCpuMicros: 5_000, postgresWrites: 2, postgresCpuMicros: 3_000 },
  feed: noCost,
  token: { ...noCost, nodeCpuMicros: 100, redisRequests: 1, redisCpuMicros: 20, readerBytes: 100 },
  readingNode: { ...noCost, nodeCpuMicros: 50, redisRequests: 1, redisCpuMicros: 10, readerBytes: 100 },
  reader: { ...noCost, nodeCpuMicros: 10, readerBytes: 100 },
  live: noCost,
  hint: noCost,
  hearing: noCost,
  open: noCost,
  knownNode: noCost,
};
const sizes = {
  nodeKbAStream: 50,
  nodeKbAReader: 20,
  redisBytesAStream: 500,
  redisBytesAToken: 10,
  databaseBytesAReply: 1000,
};
const plain = {
  ...defaultAssumptions,
  readersAStream: 1,
  tokensAReply: 400,
  readElsewhere: 0,
  fullNode: 0.5,
  fullRedis: 0.5,
  fullPostgres: 0.5,
  bytesAPacket: 25,
  design: { ...asBuilt, appendEveryMs: 0 },
};

function inputs(changes: Partial<ModelInputs['assumptions']> = {}, changedUnits: Partial<Units> = {}): ModelInputs {
  return { units: { ...units, ...changedUnits }, sizes, pace: 20, assumptions: { ...plain, ...changes } };
}

test('a thousand readers with one reply each cause 20,000 tokens and 50 replies a second', () => {
  expect(ratesOf(1_000, inputs())).toMatchObject({ streams: 1_000, tokens: 20_000, replies: 50, appendsAToken: 1 });
});

test('the number of nodes follows from CPU time: 2 s of tokens and 0.25 s of replies at half a second per node', () => {
  const { nodes, cost } = demandOf(1_000, inputs());

  expect(nodes).toBe(5); // 2.25 s / 0.5 s
  expect(cost.nodeCpuMicros).toBe(2_250_000);
});

test('the number of nodes follows from memory, where that is more', () => {
  // 1,000 streams x 50 kB, in nodes of which 10 MB are left for streams
  expect(demandOf(1_000, inputs({ nodeBaseKb: 0, nodeMemoryKb: 5_000 })).nodes).toBe(10);
});

test('the numbers of Redis and PostgreSQL servers follow from CPU time', () => {
  const demand = demandOf(1_000, inputs({ postgresCores: 1, postgresWrites: 1_000 }));

  expect(demand.redisCores).toBeCloseTo(0.8); // 20,000 x 20 us, half a second each
  expect(demand.redisServers).toBe(1);
  expect(demand.postgresCores).toBeCloseTo(0.3); // 50 x 3 ms
  expect(demand.cost.postgresWrites).toBe(110); // 50 x 2, and the lease renewals of 5 nodes
  expect(demand.postgresConnections).toBe(70);
});

test('traffic to readers includes packet overhead', () => {
  expect(demandOf(1_000, inputs()).bitsToReaders).toBe(20_000 * 125 * 8);
});

test('readers elsewhere make other nodes read: one reader in ten, one node for a tenth of the streams', () => {
  expect(readingNodesOf(11, { ...plain, readElsewhere: 0.1 })).toBeCloseTo(0.1);

  const { cost } = demandOf(1_000, inputs({ readElsewhere: 0.1 }));
  expect(cost.redisRequests).toBeCloseTo(22_000);
});

test('many readers of a stream use every node, and none is counted twice', () => {
  expect(readingNodesOf(3, { ...plain, readElsewhere: 0.5, readersAStream: 1_000 })).toBeCloseTo(2);
  expect(readingNodesOf(1, { ...plain, readersAStream: 1_000 })).toBe(0);
});

test('with one random arrival per tick, 0.63 of the ticks send', () => {
  expect(mergedShare(0)).toBe(1);
  expect(mergedShare(1)).toBeCloseTo(0.632, 3);
  expect(ratesOf(1_000, inputs({ design: { ...asBuilt, appendEveryMs: 100 } })).appendsAToken).toBeCloseTo(0.432, 3);
});

test('no number of nodes is enough where the hints of the others fill each node', () => {
  const reply = { ...units.reply, redisHints: 2 };
  const hearing = { ...noCost, nodeCpuMicros: 5_000 };

  // 50 replies, two hints each, 5 ms a hint: half a second of every node
  expect(demandOf(1_000, inputs({}, { reply, hearing })).nodes).toBe(Number.POSITIVE_INFINITY);
});

test('the lowest bottleneck comes first, with its number of readers', () => {
  const found = bottlenecksOf(inputs({ postgresCores: 1, postgresConnections: 14_000, postgresWrites: 1e12 }));

  const [first, second] = found;
  expect(first?.name).toBe('Redis, one core: live text');
  expect(first?.readers).toBeCloseTo(1_250, -1); // 20 tokens x 20 us a stream: 2,500 a core, half of it
  expect(second?.name).toBe('PostgreSQL: CPU');
  expect(second?.readers).toBeCloseTo(3_333, -1); // a reply in 20 s, 3 ms each
  expect(found.find(({ name }) => name.startsWith('PostgreSQL: connections'))?.readers).toBeGreaterThan(200_000);
});
