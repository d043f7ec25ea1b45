// The model is held against cases that were worked out by hand.
import { expect, test } from 'vitest';
import type { Assumptions } from './assumptions.ts';
import { bottlenecksOf } from './bottlenecks.ts';
import { noCost } from './cost.ts';
import { demandOf, inputsOf, type ModelInputs, mergedShare, readingNodesOf } from './demand.ts';
import { loadMeasured, type Units, unitsOf } from './measured.ts';

const measured = { ...loadMeasured(), pace: 20 };
const nothing = Object.fromEntries(Object.keys(unitsOf(measured)).map((name) => [name, noCost])) as Units;
const units: Units = {
  ...nothing,
  idle: { ...noCost, postgresWrites: 2 },
  reply: { ...noCost, nodeCpuMicros: 5_000, postgresWrites: 2, postgresCpuMicros: 3_000 },
  token: { ...noCost, nodeCpuMicros: 100, redisRequests: 1, redisCpuMicros: 20, readerBytes: 100 },
  readingNode: { ...noCost, nodeCpuMicros: 50, redisRequests: 1, redisCpuMicros: 10, readerBytes: 100 },
  reader: { ...noCost, nodeCpuMicros: 10, readerBytes: 100 },
};
const sizes = { ...measured.sizes, nodeKbAStream: 50, nodeKbAReader: 20 };
const full = { fullNode: 0.5, fullRedis: 0.5, fullPostgres: 0.5 };
const plain = { readersAStream: 1, tokensAReply: 400, readElsewhere: 0, bytesAPacket: 25, appendEveryMs: 0, ...full };

function inputs(changes: Partial<Assumptions> = {}, changedUnits: Partial<Units> = {}): ModelInputs {
  return { ...inputsOf(measured, { ...plain, ...changes }), units: { ...units, ...changedUnits }, sizes };
}

test('a thousand readers with one reply each cause 20,000 tokens and 50 replies a second', () => {
  expect(demandOf(1_000, inputs())).toMatchObject({ streams: 1_000, tokens: 20_000, replies: 50, appendsAToken: 1 });
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
  const { amounts, redisServers } = demandOf(1_000, inputs({ postgresCores: 1, postgresWrites: 1_000 }));

  expect(amounts['cores of Redis']).toBeCloseTo(0.8); // 20,000 x 20 us, half a second each
  expect(redisServers).toBe(1);
  expect(amounts['cores of PostgreSQL']).toBeCloseTo(0.3); // 50 x 3 ms
  expect(amounts['writing transactions a second']).toBe(110); // 50 x 2, and the lease renewals of 5 nodes
  expect(amounts['connections to PostgreSQL']).toBe(70);
});

test('traffic to readers includes packet overhead', () => {
  expect(demandOf(1_000, inputs()).amounts['Gbit/s to readers']).toBeCloseTo(20e-6 * 125 * 8);
});

test('readers elsewhere make other nodes read: one reader in ten, one node for a tenth of the streams', () => {
  expect(readingNodesOf(11, inputs({ readElsewhere: 0.1 }).assumptions)).toBeCloseTo(0.1);

  const { cost } = demandOf(1_000, inputs({ readElsewhere: 0.1 }));
  expect(cost.redisRequests).toBeCloseTo(22_000);
});

test('many readers of a stream use every node, and none is counted twice', () => {
  expect(readingNodesOf(3, inputs({ readElsewhere: 0.5, readersAStream: 1_000 }).assumptions)).toBeCloseTo(2);
  expect(readingNodesOf(1, inputs({ readersAStream: 1_000 }).assumptions)).toBe(0);
});

test('with one random arrival per tick, 0.63 of the ticks send', () => {
  expect(mergedShare(0)).toBe(1);
  expect(mergedShare(1)).toBeCloseTo(0.632, 3);
  expect(demandOf(1_000, inputs({ appendEveryMs: 100 })).appendsAToken).toBeCloseTo(0.432, 3);
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
