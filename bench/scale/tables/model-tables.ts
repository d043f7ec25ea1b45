// The tables of the model: assumptions, demand and bottlenecks.
import { type Assumptions, changed, defaultAssumptions } from '../model/assumptions.ts';
import { bottlenecksOf } from '../model/bottlenecks.ts';
import { type Demand, demandOf } from '../model/demand.ts';
import { type Measured, unitsOf } from '../model/measured.ts';
import type { ModelInputs } from '../model/rates.ts';
import { shown } from './numbers.ts';

const sizes = [10_000, 100_000, 1_000_000];

/** Returns the inputs of the model. */
export function inputsOf(measured: Measured, assumptions: Assumptions = defaultAssumptions): ModelInputs {
  return { units: unitsOf(measured), sizes: measured.sizes, pace: measured.pace, assumptions };
}

/** Returns the table of assumptions. */
export function assumptionTable({ pace }: Measured): string[][] {
  const { prices } = defaultAssumptions;
  return [
    ['supposed', ''],
    ['tokens a second of a reply; tokens a reply', `${pace}; ${defaultAssumptions.tokensAReply}`],
    ['readers a stream', shown(defaultAssumptions.readersAStream)],
    ["readers on another node than their reply's", shown(defaultAssumptions.readElsewhere)],
    [
      'a core is full at',
      `${defaultAssumptions.fullNode} nodes; ${defaultAssumptions.fullRedis} Redis; ${defaultAssumptions.fullPostgres} PostgreSQL`,
    ],
    [
      'a node',
      `1 core, ${shown(defaultAssumptions.nodeMemoryKb / 1e6)} GB; ${defaultAssumptions.connectionsANode} connections to PostgreSQL`,
    ],
    [
      'a Redis',
      `1 core, ${shown(defaultAssumptions.redisMemoryBytes / 1e9)} GB, ${shown(defaultAssumptions.redisConnections)} connections`,
    ],
    [
      'PostgreSQL',
      `${defaultAssumptions.postgresCores} cores, ${shown(defaultAssumptions.postgresWrites)} writing transactions a second, ` +
        `${defaultAssumptions.postgresConnections} connections`,
    ],
    [
      'a balancer',
      `${shown(defaultAssumptions.balancerConnections)} connections; a reader has two, for the reply and for the feed`,
    ],
    ['TCP, IP and TLS around a token, bytes', shown(defaultAssumptions.bytesAPacket)],
    [
      'money a month, as an example',
      `node ${prices.node}, Redis ${prices.redis}, PostgreSQL ${prices.postgres}, a GB to readers ${prices.gigabyte}`,
    ],
  ];
}

/** Returns the demand of the present design at several numbers of readers. */
export function demandTable(measured: Measured): string[][] {
  const inputs = inputsOf(measured);
  return columnsOf(
    sizes.map((readers) => demandOf(readers, inputs)),
    sizes.map((readers) => `${shown(readers)} readers`),
  );
}

/** Returns the demand of the changed design. */
export function changedTable(measured: Measured): string[][] {
  const inputs = inputsOf(measured, { ...defaultAssumptions, design: changed });
  const demands = sizes.map((readers) => demandOf(readers, inputs));
  const money = (of: (demand: Demand) => number) => demands.map((demand) => shown(of(demand)));
  return [
    ...columnsOf(
      demands,
      sizes.map((readers) => `${shown(readers)} readers`),
    ),
    ['servers of Redis', ...demands.map(({ redisServers }) => shown(redisServers))],
    ['servers of PostgreSQL', ...demands.map(({ postgresServers }) => shown(postgresServers))],
    ['machines, money a month', ...money((demand) => demand.money.machines)],
    ['traffic to readers, money a month', ...money((demand) => demand.money.traffic)],
  ];
}

/** Returns the demand of a million readers that share streams. */
export function sharedTable(measured: Measured): string[][] {
  const shares = [1, 10, 100];
  const demands = shares.map((readersAStream) =>
    demandOf(1_000_000, inputsOf(measured, { ...defaultAssumptions, readersAStream, design: changed })),
  );
  return columnsOf(
    demands,
    shares.map((share) => `${share} a stream`),
  );
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
    ['asked of Redis a second', ({ cost }) => cost.redisAsked],
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
