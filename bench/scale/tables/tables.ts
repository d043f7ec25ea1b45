// All tables of docs/scaling.md by name.
import { type Lines, shown } from '../../report/table.ts';
import { changedDesign, defaultAssumptions } from '../model/assumptions.ts';
import { bottlenecksOf } from '../model/bottlenecks.ts';
import { type Cost, type Resource, resources } from '../model/cost.ts';
import { type Demand, demandOf, inputsOf } from '../model/demand.ts';
import { type Measured, unitsOf } from '../model/measured.ts';
import { agreementLines, deathLines, fullnessLines, tickLines } from './simulation-tables.ts';

/** Every table, in the order of the document. */
export const tables: Readonly<Record<string, (measured: Measured) => Lines>> = {
  costs: costLines,
  readers: readerLines,
  sizes: ({ sizes }) => [
    ['', ''],
    ['an idle stream in its node, with its reader, kB', sizes.nodeKbAStream],
    ['one more reader on another node, with the copy that it reads, kB', sizes.nodeKbAReader],
    ['a stream in Redis, bytes', sizes.redisBytesAStream],
    ['... and for each token, bytes', sizes.redisBytesAToken],
    ['a reply in PostgreSQL, without its text, bytes', sizes.databaseBytesAReply],
  ],
  assumptions: assumptionLines,
  demand: (measured) => demandLines(demandsBySize(measured)),
  bottlenecks: (measured) => [
    ['bound', 'reached at so many readers'],
    ...bottlenecksOf(inputsOf(measured)).map(({ name, readers }) => [name, readers]),
  ],
  changed: (measured) =>
    demandLines(demandsBySize(measured, changedDesign), ({ amounts, machines }) => ({ ...amounts, ...machines })),
  shared: (measured) => {
    const sharedBy = (readersAStream: number) =>
      demandOf(1e6, inputsOf(measured, { ...changedDesign, readersAStream }));
    return demandLines({ '1 a stream': sharedBy(1), '10 a stream': sharedBy(10), '100 a stream': sharedBy(100) });
  },
  agreement: agreementLines,
  ticks: tickLines,
  fullness: fullnessLines,
  death: deathLines,
};

function costLines(measured: Measured): Lines {
  const units = unitsOf(measured);
  const costs: Readonly<Record<string, Cost>> = {
    'a token, with its reader on the node that produces it': units.token,
    '... read on one more node: adds': units.readingNode,
    '... one more reader on a node that reads it: adds': units.reader,
    'a reply in a stored conversation: its start and its end': units.reply,
    "... the user's feed open on another node: adds": units.feed,
    'a reader that comes to another node': units.open,
    'a stream under way, a second: lease renewals of its node': units.live,
    'a node, a second': units.idle,
    'a hint without subscribers': units.hint,
    '... each node that receives it: adds': units.hearing,
    'a further node, in one lease renewal of one node': units.knownNode,
  };
  const columns = (Object.entries(resources) as [Resource, string][]).filter(([, title]) => title !== '');
  const lines = Object.entries(costs).map(([title, cost]) => [title, ...columns.map(([resource]) => cost[resource])]);
  return [['', ...columns.map(([, title]) => title)], ...lines];
}

function readerLines({ steady }: Measured): Lines {
  const head = ['requests to Redis, a token', 'with those in scripts', 'node CPU us', 'the same, a reader'];
  const lines = steady.map(({ readersAStream, readingNodes, cost }) => [
    readersAStream,
    readingNodes + 1,
    cost.redisRequests,
    cost.redisCommands,
    cost.nodeCpuMicros,
    cost.nodeCpuMicros / readersAStream,
  ]);
  return [['readers a stream', 'nodes that read it', ...head], ...lines];
}

function assumptionLines({ pace }: Measured): Lines {
  const { prices, ...it } = defaultAssumptions;
  const [memory, redisMemory] = [shown(it.nodeMemoryKb / 1e6), shown(it.redisMemoryBytes / 1e9)];
  const connections = shown(it.balancerConnections);
  const writes = `${shown(it.postgresWrites)} writing transactions a second`;
  return [
    ['supposed', ''],
    ['tokens a second of a reply; tokens a reply', `${pace}; ${it.tokensAReply}`],
    ['readers a stream', it.readersAStream],
    ["readers on another node than their reply's", it.readElsewhere],
    ['a core is full at', `${it.fullNode} nodes; ${it.fullRedis} Redis; ${it.fullPostgres} PostgreSQL`],
    ['a node', `1 core, ${memory} GB; ${it.connectionsANode} connections to PostgreSQL`],
    ['a Redis', `1 core, ${redisMemory} GB, ${shown(it.redisConnections)} connections`],
    ['PostgreSQL', `${it.postgresCores} cores, ${writes}, ${it.postgresConnections} connections`],
    ['a balancer', `${connections} connections; a reader has two, for the reply and for the feed`],
    ['TCP, IP and TLS around a token, bytes', it.bytesAPacket],
    [
      'money a month, as an example',
      `node ${prices.node}, Redis ${prices.redis}, PostgreSQL ${prices.postgres}, a GB to readers ${prices.gigabyte}`,
    ],
  ];
}

/** Returns a table of demands, in columns with these titles. */
function demandLines(
  demands: Readonly<Record<string, Demand>>,
  amountsOf: (demand: Demand) => Readonly<Record<string, number>> = ({ amounts }) => amounts,
): Lines {
  const columns = Object.values(demands).map(amountsOf);
  const titles = Object.keys(columns[0] ?? {});
  const lines = titles.map((title) => [title, ...columns.map((amounts) => amounts[title] ?? 0)]);
  return [['', ...Object.keys(demands)], ...lines];
}

function demandsBySize(...inputs: Parameters<typeof inputsOf>): Record<string, Demand> {
  const demandBy = (readers: number) => demandOf(readers, inputsOf(...inputs));
  const [small, middle, large] = [demandBy(10_000), demandBy(100_000), demandBy(1_000_000)];
  return { '10,000 readers': small, '100,000 readers': middle, '1,000,000 readers': large };
}
