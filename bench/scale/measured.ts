// What was measured on a real cluster of three nodes. `measure.ts` finds it, measured.json keeps it, the model reads it.
import { readFileSync, writeFileSync } from 'node:fs';
import { beyond, type Cost, type Place, paidBy, times } from './cost.ts';

/** Is a token of streams that are all read alike, at the pace of the run. What nothing costs is taken off. */
export interface SteadyRun {
  readonly readersAStream: number;
  /** Other nodes than the producer's that read each stream. */
  readonly readingNodes: number;
  readonly cost: Cost;
}

/** Is everything measured. */
export interface Measured {
  readonly date: string;
  readonly machine: string;
  readonly versions: { readonly node: string; readonly redis: string; readonly postgres: string };
  /** Tokens a second of each stream. */
  readonly pace: number;
  /** A second of a node that does nothing. */
  readonly idle: Cost;
  /** The start and the end of a reply in a stored conversation, read where it is produced. */
  readonly reply: Cost;
  /** The same, with the user's feed open on another node. */
  readonly replyWithFeed: Cost;
  /** In this order: read at home, read on one more node, by ten, by a hundred. */
  readonly steady: readonly [SteadyRun, SteadyRun, SteadyRun, SteadyRun];
  /** A second of a stream that is under way and says nothing. */
  readonly quiet: Cost;
  /** One more reader of a stream, that comes to another node. */
  readonly open: Cost;
  /** A hint to feeds that nobody listens to, and one that each of three nodes hears. */
  readonly hint: Cost;
  readonly hintHeard: Cost;
  /** A beat of one node for one more row in `nodes`. */
  readonly knownNode: Cost;
  readonly sizes: Sizes;
}

/** Is what things hold in memory and on disk. */
export interface Sizes {
  /** A quiet stream in its node, with its reader; and one more reader on another node. */
  readonly nodeKbAStream: number;
  readonly nodeKbAReader: number;
  readonly redisBytesAStream: number;
  readonly redisBytesAToken: number;
  readonly databaseBytesAReply: number;
}

/** Is what the model counts with: the cost of one of each. */
export interface Units {
  /** A second of a node. */
  readonly idle: Cost;
  readonly reply: Cost;
  /** What an open feed adds to a reply. */
  readonly feed: Cost;
  /** A token, stored and shown to one reader on the producer's node. */
  readonly token: Cost;
  /** What another node adds to a token, with one reader there. */
  readonly readingNode: Cost;
  /** What one more reader adds to a token, on a node that reads the stream already. */
  readonly reader: Cost;
  /** What the beats of its node bring of a stream, a second. */
  readonly live: Cost;
  /** A hint as it is published, and as one node hears it. */
  readonly hint: Cost;
  readonly hearing: Cost;
  readonly open: Cost;
  readonly knownNode: Cost;
}

/** So often a node shows itself. */
export const beatsASecond = 2;
/** On so many nodes it was measured: each hint that a reply tells was heard by all of them. */
export const nodesMeasured = 3;

/** Takes the measured runs apart. */
export function unitsOf(measured: Measured): Units {
  const [home, elsewhere, ten, hundred] = measured.steady;
  const { idle, reply, replyWithFeed, quiet, hint, hintHeard, open, knownNode } = measured;
  const further = hundred.readersAStream - ten.readersAStream;
  return {
    idle,
    reply,
    feed: beyond(replyWithFeed, reply),
    token: except('postgres', home.cost),
    readingNode: except('postgres', beyond(elsewhere.cost, home.cost)),
    // Redis knows nothing of it: streams were fewer, so that less came to Redis at a time, and each token cost it more.
    reader: except('redis', except('postgres', times(beyond(hundred.cost, ten.cost), 1 / further))),
    live: paidBy('postgres', quiet),
    hint: paidBy('redis', hint),
    hearing: except('postgres', times(beyond(hintHeard, hint), 1 / nodesMeasured)),
    open,
    knownNode: paidBy('postgres', knownNode),
  };
}

/** Leaves out a place that has no part in it: nothing of a token or of a hint goes to PostgreSQL, which beat meanwhile. */
function except(place: Place, cost: Cost): Cost {
  return beyond(cost, paidBy(place, cost));
}

const file = new URL('measured.json', import.meta.url);

/** Loads what was measured last. */
export function loadMeasured(): Measured {
  return JSON.parse(readFileSync(file, 'utf8')) as Measured;
}

/** Keeps it. */
export function saveMeasured(measured: Measured): void {
  writeFileSync(file, `${JSON.stringify(measured, null, 2)}\n`);
}
