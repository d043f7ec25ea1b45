// The tables of the model: assumptions, demand and bottlenecks.
import { type Assumptions, changed, defaultAssumptions } from '../model/assumptions.ts';
import { bottlenecksOf } from '../model/bottlenecks.ts';
import { type Demand, demandOf, type ModelInputs } from '../model/demand.ts';
import { type Measured, unitsOf } from '../model/measured.ts';
import { shown } from './numbers.ts';

const sizes = [10_000, 100_000, 1_000_000];

/** Returns the inputs of the model. */
export function inputsOf(measured: Measured, assumptions: Assumptions = defaultAssumptions): ModelInputs {
  return { units: unitsOf(measured), sizes: measured.sizes, pace: measured.pace, assumptions };
}

/** Returns the table of assumptions. */
export function assumptionTable({ pace }: Measured): string[][] {
  const { prices, ...it } = defaultAssumptions;
  const [memory, redisMemory] = [shown(it.nodeMemoryKb / 1e6), shown(it.redisMemoryBytes / 1e9)];
  const connections = shown(it.balancerConnections);
  const writes = `${shown(it.postgresWrites)} writing transactions a second`;
  return [
    ['supposed', ''],
    ['tokens a second of a reply; tokens a reply', `${pace}; ${it.tokensAReply}`],
    ['readers a stream', shown(it.readersAStream)],
    ["readers on another node than their reply's", shown(it.readElsewhere)],
    ['a core is full at', `${it.fullNode} nodes; ${it.fullRedis} Redis; ${it.fullPostgres} PostgreSQL`],
    ['a node', `1 core, ${memory} GB; ${it.connectionsANode} connections to PostgreSQL`],
    ['a Redis', `1 core, ${redisMemory} GB, ${shown(it.redisConnections)} connections`],
    ['PostgreSQL', `${it.postgresCores} cores, ${writes}, ${it.postgresConnections} connections`],
    ['a balancer', `${connections} connections; a reader has two, for the reply and for the feed`],
    ['TCP, IP and TLS around a token, bytes', shown(it.bytesAPacket)],
    [
      'money a month, as an example',
      `node ${prices.node}, Redis ${prices.redis}, PostgreSQL ${prices.postgres}, a GB to readers ${prices.gigabyte}`,
    ],
  ];
}

const titles = sizes.map((readers) => `${shown(readers)} readers`);

/** Returns the demand of the present design at several numbers of readers. */
export function demandTable(measured: Measured): string[][] {
  const demands = sizes.map((readers) => demandOf(readers, inputsOf(measured)));
  return columnsOf(demands, titles);
}

/** Returns the demand of the changed design. */
export function changedTable(measured: Measured): string[][] {
  const inputs = inputsOf(measured, { ...defaultAssumptions, design: changed });
  const demands = sizes.map((readers) => demandOf(readers, inputs));
  const rowOf = (title: string, of: (demand: Demand) => number) => [title, ...demands.map((one) => shown(of(one)))];
  return [
    ...columnsOf(demands, titles),
    rowOf('servers of Redis', ({ redisServers }) => redisServers),
    rowOf('servers of PostgreSQL', ({ postgresServers }) => postgresServers),
    rowOf('machines, money a month', ({ money }) => money.machines),
    rowOf('traffic to readers, money a month', ({ money }) => money.traffic),
  ];
}

/** Returns the demand of a million readers that share streams. */
export function sharedTable(measured: Measured): string[][] {
  const shares = [1, 10, 100];
  const design = { ...defaultAssumptions, design: changed };
  const demands = shares.map((share) => demandOf(1e6, inputsOf(measured, { ...design, readersAStream: share })));
  const titles = shares.map((share) => `${share} a stream`);
  return columnsOf(demands, titles);
}

/** Returns the bottlenecks of the present design. */
export function bottleneckTable(measured: Measured): string[][] {
  const found = bottlenecksOf(inputsOf(measured));
  return [['bound', 'reached at so many readers'], ...found.map(({ name, readers }) => [name, shown(readers)])];
}

function columnsOf(demands: readonly Demand[], titles: readonly string[]): string[][] {
  const rows: readonly (readonly [string, (demand: Demand) => number])[] = [
    ['streams under way', ({ streams }) => streams],
    ['replies started a second', ({ replies }) => replies],
    ['tokens a second', ({ tokens }) => tokens],
    ['nodes', ({ nodes }) => nodes],
    ['requests to Redis a second', ({ cost }) => cost.redisRequests],
    ['cores of Redis', ({ redisCores }) => redisCores],
    ['writing transactions a second', ({ cost }) => cost.postgresWrites],
    ['statements a second', ({ cost }) => cost.postgresStatements],
    ['cores of PostgreSQL', ({ postgresCores }) => postgresCores],
    ['connections to PostgreSQL', ({ postgresConnections }) => postgresConnections],
    ['Gbit/s to readers', ({ bitsToReaders }) => bitsToReaders / 1e9],
    ['Gbit/s between nodes and Redis', ({ bitsInside }) => bitsInside / 1e9],
  ];
  return [['', ...titles], ...rows.map(([title, of]) => [title, ...demands.map((demand) => shown(of(demand)))])];
}
