// The tables of the simulation: whether it agrees with the model, and what averages hide.
import { supposed } from './assumptions.ts';
import { type Measured, unitsOf } from './measured.ts';
import { demandOf } from './model.ts';
import { nodeDies } from './node-death.ts';
import { percent, shown } from './numbers.ts';
import { type Play, type Played, simulate } from './simulate.ts';
import { groundOf } from './tables-model.ts';

/** There and back between a node and Redis in one place. */
const roundTripMs = 0.5;
const seconds = 5;

/** Returns the cluster that the model has at so many readers, to be played. */
function playOf(readers: number, measured: Measured): Play {
  const { streams, nodes, redisServers } = demandOf(readers, groundOf(measured));
  const { token, readingNode } = unitsOf(measured);
  return {
    streams,
    nodes,
    shards: redisServers,
    tickMs: supposed.design.appendEveryMs,
    pace: measured.pace,
    tokensAReply: supposed.tokensAReply,
    readElsewhere: supposed.readElsewhere,
    roundTripMs,
    appendMicros: token.redisCpuMicros,
    rangeMicros: readingNode.redisCpuMicros,
    seconds,
  };
}

/** Shows model and simulation beside each other. */
export function agreementTable(measured: Measured): string[][] {
  const readers = 10_000;
  const play = playOf(readers, measured);
  const played = simulate(play);
  const { streams, replies, tokens, appendsAToken } = demandOf(readers, groundOf(measured));
  const appends = tokens * appendsAToken;
  const ranges = appends * play.readElsewhere;
  const busy = (appends * play.appendMicros + ranges * play.rangeMicros) / play.shards / 1e6;
  const rows: readonly (readonly [string, number, number])[] = [
    ['streams under way', streams, played.streams],
    ['replies started a second', replies, played.replies],
    ['tokens a second', tokens, played.tokens],
    ['appends a second', appends, played.appends],
    ['reads by other nodes a second', ranges, played.ranges],
    ['commands a second of one Redis', (appends + ranges) / play.shards, played.commands],
    ['share of its time that it is busy', busy, played.busy],
  ];
  return [
    [`${shown(readers)} readers, ${play.nodes} nodes, ${play.shards} Redis`, 'model', 'simulation', 'apart by'],
    ...rows.map(([title, one, other]) => [title, shown(one), shown(other), percent(Math.abs(other / one - 1))]),
  ];
}

/** Shows one Redis as full as is supposed, with longer and longer ticks. */
export function tickTable(measured: Measured): string[][] {
  const rows = [5, 20, 50, 100, 200].map((tickMs) => {
    const played = simulate({ ...oneRedis(measured, supposed.fullRedis), tickMs });
    const { commands, commandsP99, busy } = played;
    return [`${tickMs}`, shown(commands), shown(commandsP99 / commands), percent(busy), ...delayCells(played)];
  });
  return [
    ['tick, ms', 'commands a second', 'p99 of a tenth of a second, times that', 'Redis busy', ...delayTitles],
    ...rows,
  ];
}

/** Shows one Redis that becomes too full. */
export function fullnessTable(measured: Measured): string[][] {
  const rows = [0.3, 0.6, 0.8, 0.9, 0.95].map((full) => {
    const play = oneRedis(measured, full);
    const played = simulate(play);
    return [percent(full), shown(play.streams), shown(played.commands), ...delayCells(played)];
  });
  return [['Redis busy, by the model', 'streams', 'commands a second', ...delayTitles], ...rows];
}

/** Shows what follows when one of so many nodes dies. */
export function deathTable(measured: Measured): string[][] {
  const rows = [3, 10, 100].flatMap((nodes) => [0, 1_000].map((jitterMs) => deathRow(measured, { nodes, jitterMs })));
  const titles = ['replies interrupted', 'busiest node: readers a second', 'reader away p50 ms', 'p99 ms'];
  return [['nodes', 'pause drawn from, ms', ...titles], ...rows];
}

function deathRow(measured: Measured, { nodes, jitterMs }: { nodes: number; jitterMs: number }): string[] {
  const { token, open } = unitsOf(measured);
  const streams = Math.floor((supposed.fullNode * 1e6) / (measured.pace * token.nodeCpuMicros));
  const found = nodeDies({
    nodes,
    streams,
    readers: streams,
    openMicros: open.nodeCpuMicros,
    busy: supposed.fullNode,
    jitterMs,
  });
  const { interrupted, mostComingASecond, away } = found;
  return [`${nodes}`, `0 to ${shown(jitterMs)}`, ...[interrupted, mostComingASecond, away.p50, away.p99].map(shown)];
}

const delayTitles = ['shown at home p50 ms', 'p99 ms', 'elsewhere p50 ms', 'p99 ms'];

function delayCells({ home, elsewhere }: Played): string[] {
  return [home.p50, home.p99, elsewhere.p50, elsewhere.p99].map(shown);
}

/** Returns a play in which one Redis is so full with ticks as they are. */
function oneRedis(measured: Measured, full: number): Play {
  const whole = playOf(10_000, measured);
  const { appendMicros, rangeMicros, readElsewhere, pace } = whole;
  const { appendsAToken } = demandOf(10_000, groundOf(measured));
  const microsAStream = pace * appendsAToken * (appendMicros + rangeMicros * readElsewhere);
  const streams = Math.round((full * 1e6) / microsAStream);
  return { ...whole, streams, shards: 1, nodes: Math.max(2, Math.ceil((whole.nodes * streams) / whole.streams)) };
}
