// Measurements of a real cluster of three nodes: made by `measure.ts`, saved in measured.json, read by the model.
import { readFileSync, writeFileSync } from 'node:fs';
import type { measure } from '../measuring/measure.ts';
import { nodesMeasured } from './assumptions.ts';
import { excess, paidBy, times } from './cost.ts';

/** All measurements. */
export type Measured = Awaited<ReturnType<typeof measure>>;

/** The unit costs of the model. */
export type Units = ReturnType<typeof unitsOf>;

/** Derives unit costs from the measurements. A token or a hint does not touch PostgreSQL; its cost there is lease renewals. */
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
    token: paidBy(home.cost, 'node', 'redis', 'reader'),
    /** What another node adds to a token, with one reader there. */
    readingNode: paidBy(excess(elsewhere.cost, home.cost), 'node', 'redis', 'reader'),
    /** What one more reader adds to a token, on a node that reads the stream already. Without Redis, which a reader does not
     *  touch: these runs had fewer streams, so that each token cost Redis more. */
    reader: paidBy(times(excess(hundred.cost, ten.cost), 1 / further), 'node', 'reader'),
    /** The cost that lease renewals add for each stream, per second. */
    live: paidBy(quiet, 'postgres'),
    /** A hint when it is published, and when one node receives it. */
    hint: paidBy(hint, 'redis'),
    hearing: paidBy(times(excess(hintHeard, hint), 1 / nodesMeasured), 'node', 'redis', 'reader'),
    open,
    knownNode: paidBy(knownNode, 'postgres'),
  };
}

const file = new URL('../measured.json', import.meta.url);

/** Loads the latest measurements. */
export function loadMeasured(): Measured {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** Saves the measurements. */
export function saveMeasured(measured: Measured): void {
  writeFileSync(file, `${JSON.stringify(measured, null, 2)}\n`);
}
