// Measurements of a real cluster of three nodes: made by `measure.ts`, saved in measured.json, read by the model.
import { readFileSync, writeFileSync } from 'node:fs';
import { type Cost, excess, type Place, paidBy, times } from './cost.ts';

/** The cost of a token of streams with the same readers, without the cost of an idle cluster. */
export interface SteadyRun {
  readonly readersAStream: number;
  /** Nodes other than the producer's that read each stream. */
  readonly readingNodes: number;
  readonly cost: Cost;
}

/** All measurements. */
export interface Measured {
  readonly date: string;
  readonly machine: string;
  readonly versions: { readonly node: string; readonly redis: string; readonly postgres: string };
  /** Tokens a second of each stream. */
  readonly pace: number;
  /** A second of an idle node. */
  readonly idle: Cost;
  /** The start and the end of a reply in a stored conversation, read on the producer's node. */
  readonly reply: Cost;
  /** The same, with the user's feed open on another node. */
  readonly replyWithFeed: Cost;
  /** In this order: one reader on the producer's node, one more on another node, ten readers, a hundred readers. */
  readonly steady: readonly [SteadyRun, SteadyRun, SteadyRun, SteadyRun];
  /** A second of an idle stream that is under way. */
  readonly quiet: Cost;
  /** One more reader of a stream, on another node. */
  readonly open: Cost;
  /** A hint without subscribers, and one that each of three nodes receives. */
  readonly hint: Cost;
  readonly hintHeard: Cost;
  /** A lease renewal of one node for one more row in `nodes`. */
  readonly knownNode: Cost;
  readonly sizes: Sizes;
}

/** Sizes in memory and on disk: an idle stream on its node with its reader, one more reader on another node, and so on. */
export type Sizes = Readonly<
  Record<'nodeKbAStream' | 'nodeKbAReader' | 'redisBytesAStream' | 'redisBytesAToken' | 'databaseBytesAReply', number>
>;

/** The unit costs of the model. */
export type Units = ReturnType<typeof unitsOf>;

/** Lease renewals of a node per second. */
export const renewalsASecond = 2;
/** The number of nodes in the measurement. Each hint of a reply reached all of them. */
export const nodesMeasured = 3;

/** Derives unit costs from the measurements. */
export function unitsOf({ steady, idle, reply, replyWithFeed, quiet, hint, hintHeard, open, knownNode }: Measured) {
  const [home, elsewhere, ten, hundred] = steady;
  const further = hundred.readersAStream - ten.readersAStream;
  return {
    /** A second of a node. */
    idle,
    reply,
    /** What an open feed adds to a reply. */
    feed: excess(replyWithFeed, reply),
    /** A token, stored and sent to one reader on the producer's node. */
    token: except('postgres', home.cost),
    /** What another node adds to a token, with one reader there. */
    readingNode: except('postgres', excess(elsewhere.cost, home.cost)),
    /** What one more reader adds to a token, on a node that reads the stream already. Without Redis, which a reader does not
     *  touch: these runs had fewer streams, so that each token cost Redis more. */
    reader: except('redis', except('postgres', times(excess(hundred.cost, ten.cost), 1 / further))),
    /** The cost that lease renewals add for each stream, per second. */
    live: paidBy('postgres', quiet),
    /** A hint when it is published, and when one node receives it. */
    hint: paidBy('redis', hint),
    hearing: except('postgres', times(excess(hintHeard, hint), 1 / nodesMeasured)),
    open,
    knownNode: paidBy('postgres', knownNode),
  };
}

/** Removes the cost at one place. A token or a hint does not touch PostgreSQL; its cost there is lease renewals. */
function except(place: Place, cost: Cost): Cost {
  return excess(cost, paidBy(place, cost));
}

const file = new URL('../measured.json', import.meta.url);

/** Loads the latest measurements. */
export function loadMeasured(): Measured {
  return JSON.parse(readFileSync(file, 'utf8')) as Measured;
}

/** Saves the measurements. */
export function saveMeasured(measured: Measured): void {
  writeFileSync(file, `${JSON.stringify(measured, null, 2)}\n`);
}
