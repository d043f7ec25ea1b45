// The tables of the measurements.
import type { Cost } from '../model/cost.ts';
import { type Measured, unitsOf } from '../model/measured.ts';
import { shown } from './numbers.ts';

const currencies: readonly (readonly [string, (cost: Cost) => number])[] = [
  ['node CPU us', (cost) => cost.nodeCpuMicros],
  ['requests to Redis', (cost) => cost.redisRequests],
  ['Redis CPU us', (cost) => cost.redisCpuMicros],
  ['Redis bytes in', (cost) => cost.redisBytesIn],
  ['out', (cost) => cost.redisBytesOut],
  ['PostgreSQL statements', (cost) => cost.postgresStatements],
  ['writing transactions', (cost) => cost.postgresWrites],
  ['PostgreSQL CPU us', (cost) => cost.postgresCpuMicros],
  ['WAL bytes', (cost) => cost.postgresWalBytes],
  ['bytes to readers', (cost) => cost.readerBytes],
];

/** Returns the table of unit costs. */
export function costTable(measured: Measured): string[][] {
  const units = unitsOf(measured);
  const rows: readonly (readonly [string, Cost])[] = [
    ['a token, with its reader on the node that produces it', units.token],
    ['... read on one more node: adds', units.readingNode],
    ['... one more reader on a node that reads it: adds', units.reader],
    ['a reply in a stored conversation: its start and its end', units.reply],
    ["... the user's feed open on another node: adds", units.feed],
    ['a reader that comes to another node', units.open],
    ['a stream under way, a second: lease renewals of its node', units.live],
    ['a node, a second', units.idle],
    ['a hint without subscribers', units.hint],
    ['... each node that receives it: adds', units.hearing],
    ['a further node, in one lease renewal of one node', units.knownNode],
  ];
  const head = ['', ...currencies.map(([title]) => title)];
  return [head, ...rows.map(([title, cost]) => [title, ...currencies.map(([, of]) => shown(of(cost)))])];
}

/** Returns the cost of a token with 1, 10 and 100 readers. */
export function readersTable({ steady }: Measured): string[][] {
  const rows = steady.map(({ readersAStream, readingNodes, cost }) => [
    `${readersAStream}`,
    `${readingNodes + 1}`,
    shown(cost.redisRequests),
    shown(cost.redisCommands),
    shown(cost.nodeCpuMicros),
    shown(cost.nodeCpuMicros / readersAStream),
  ]);
  const head = ['requests to Redis, a token', 'with those in scripts', 'node CPU us', 'the same, a reader'];
  return [['readers a stream', 'nodes that read it', ...head], ...rows];
}

/** Returns the table of memory and disk sizes. */
export function sizeTable({ sizes }: Measured): string[][] {
  return [
    ['', ''],
    ['an idle stream in its node, with its reader, kB', shown(sizes.nodeKbAStream)],
    ['one more reader on another node, with the copy that it reads, kB', shown(sizes.nodeKbAReader)],
    ['a stream in Redis, bytes', shown(sizes.redisBytesAStream)],
    ['... and for each token, bytes', shown(sizes.redisBytesAToken)],
    ['a reply in PostgreSQL, without its text, bytes', shown(sizes.databaseBytesAReply)],
  ];
}
