// The tables of the model: what it supposes, what it finds, and what stops the cluster first.
import { type Assumptions, changed, supposed } from './assumptions.ts';
import { bottlenecksOf } from './bottlenecks.ts';
import { type Measured, unitsOf } from './measured.ts';
import { type Demand, demandOf } from './model.ts';
import { shown } from './numbers.ts';
import type { Ground } from './rates.ts';

const sizes = [10_000, 100_000, 1_000_000];

/** Takes what was measured as ground for the model. */
export function groundOf(measured: Measured, assumptions: Assumptions = supposed): Ground {
  return { units: unitsOf(measured), sizes: measured.sizes, pace: measured.pace, assumptions };
}

/** Shows what is supposed. */
export function assumptionTable({ pace }: Measured): string[][] {
  const { prices } = supposed;
  return [
    ['supposed', ''],
    ['tokens a second of a reply; tokens a reply', `${pace}; ${supposed.tokensAReply}`],
    ['readers a stream', shown(supposed.readersAStream)],
    ["readers on another node than their reply's", shown(supposed.readElsewhere)],
    [
      'a core is full at',
      `${supposed.fullNode} nodes; ${supposed.fullRedis} Redis; ${supposed.fullPostgres} PostgreSQL`,
    ],
    [
      'a node',
      `1 core, ${shown(supposed.nodeMemoryKb / 1e6)} GB; ${supposed.connectionsANode} connections to PostgreSQL`,
    ],
    [
      'a Redis',
      `1 core, ${shown(supposed.redisMemoryBytes / 1e9)} GB, ${shown(supposed.redisConnections)} connections`,
    ],
    [
      'PostgreSQL',
      `${supposed.postgresCores} cores, ${shown(supposed.postgresWrites)} writing transactions a second, ` +
        `${supposed.postgresConnections} connections`,
    ],
    [
      'a balancer',
      `${shown(supposed.balancerConnections)} connections; a reader has two, for the reply and for the feed`,
    ],
    ['TCP, IP and TLS around a token, bytes', shown(supposed.bytesAPacket)],
    [
      'money a month, as an example',
      `node ${prices.node}, Redis ${prices.redis}, PostgreSQL ${prices.postgres}, a GB to readers ${prices.gigabyte}`,
    ],
  ];
}

/** Shows what so many readers take of the cluster as it is built. */
export function demandTable(measured: Measured): string[][] {
  const ground = groundOf(measured);
  return columnsOf(
    sizes.map((readers) => demandOf(readers, ground)),
    sizes.map((readers) => `${shown(readers)} readers`),
  );
}

/** Shows the same with the changes made. */
export function changedTable(measured: Measured): string[][] {
  const ground = groundOf(measured, { ...supposed, design: changed });
  const demands = sizes.map((readers) => demandOf(readers, ground));
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

/** Shows a million readers who share streams. */
export function sharedTable(measured: Measured): string[][] {
  const shares = [1, 10, 100];
  const demands = shares.map((readersAStream) =>
    demandOf(1_000_000, groundOf(measured, { ...supposed, readersAStream, design: changed })),
  );
  return columnsOf(
    demands,
    shares.map((share) => `${share} a stream`),
  );
}

/** Shows what is reached first as the cluster is built. */
export function bottleneckTable(measured: Measured): string[][] {
  const found = bottlenecksOf(groundOf(measured));
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
