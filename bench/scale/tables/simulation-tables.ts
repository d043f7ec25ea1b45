// The tables of the simulation: agreement with the model, and what averages hide.
import { defaultAssumptions } from '../model/assumptions.ts';
import { demandOf } from '../model/demand.ts';
import { type Measured, unitsOf } from '../model/measured.ts';
import { simulateNodeDeath } from '../simulation/node-death.ts';
import { type SimulationOptions, type SimulationResult, simulate } from '../simulation/simulate.ts';
import { inputsOf } from './model-tables.ts';
import { percent, shown } from './numbers.ts';

/** The round trip between a node and Redis in one data centre. */
const roundTripMs = 0.5;
const seconds = 5;

/** Returns the simulation of the model's cluster for `readers` readers. */
function optionsOf(readers: number, measured: Measured): SimulationOptions {
  const { streams, nodes, redisServers } = demandOf(readers, inputsOf(measured));
  const { token, readingNode } = unitsOf(measured);
  return {
    streams,
    nodes,
    shards: redisServers,
    tickMs: defaultAssumptions.design.appendEveryMs,
    pace: measured.pace,
    tokensAReply: defaultAssumptions.tokensAReply,
    readElsewhere: defaultAssumptions.readElsewhere,
    roundTripMs,
    appendMicros: token.redisCpuMicros,
    rangeMicros: readingNode.redisCpuMicros,
    seconds,
  };
}

/** Returns model and simulation side by side. */
export function agreementTable(measured: Measured): string[][] {
  const readers = 10_000;
  const options = optionsOf(readers, measured);
  const result = simulate(options);
  const { streams, replies, tokens, appendsAToken } = demandOf(readers, inputsOf(measured));
  const appends = tokens * appendsAToken;
  const ranges = appends * options.readElsewhere;
  const busy = (appends * options.appendMicros + ranges * options.rangeMicros) / options.shards / 1e6;
  const rows: readonly (readonly [string, number, number])[] = [
    ['streams under way', streams, result.streams],
    ['replies started a second', replies, result.replies],
    ['tokens a second', tokens, result.tokens],
    ['appends a second', appends, result.appends],
    ['reads by other nodes a second', ranges, result.ranges],
    ['commands a second of one Redis', (appends + ranges) / options.shards, result.commands],
    ['share of its time that it is busy', busy, result.busy],
  ];
  return [
    [`${shown(readers)} readers, ${options.nodes} nodes, ${options.shards} Redis`, 'model', 'simulation', 'apart by'],
    ...rows.map(([title, one, other]) => [title, shown(one), shown(other), percent(Math.abs(other / one - 1))]),
  ];
}

/** Returns the delays of one Redis at the assumed utilization, by tick length. */
export function tickTable(measured: Measured): string[][] {
  const rows = [5, 20, 50, 100, 200].map((tickMs) => {
    const result = simulate({ ...oneRedis(measured, defaultAssumptions.fullRedis), tickMs });
    const { commands, commandsP99, busy } = result;
    return [`${tickMs}`, shown(commands), shown(commandsP99 / commands), percent(busy), ...delayCells(result)];
  });
  return [
    ['tick, ms', 'commands a second', 'p99 of a tenth of a second, times that', 'Redis busy', ...delayTitles],
    ...rows,
  ];
}

/** Returns the delays of one Redis by utilization. */
export function fullnessTable(measured: Measured): string[][] {
  const rows = [0.3, 0.6, 0.8, 0.9, 0.95].map((full) => {
    const options = oneRedis(measured, full);
    const result = simulate(options);
    return [percent(full), shown(options.streams), shown(result.commands), ...delayCells(result)];
  });
  return [['Redis busy, by the model', 'streams', 'commands a second', ...delayTitles], ...rows];
}

/** Returns the consequences of the death of a node, by number of nodes. */
export function deathTable(measured: Measured): string[][] {
  const rows = [3, 10, 100].flatMap((nodes) => [0, 1_000].map((jitterMs) => deathRow(measured, { nodes, jitterMs })));
  const titles = ['replies interrupted', 'busiest node: readers a second', 'reader away p50 ms', 'p99 ms'];
  return [['nodes', 'pause drawn from, ms', ...titles], ...rows];
}

function deathRow(measured: Measured, { nodes, jitterMs }: { nodes: number; jitterMs: number }): string[] {
  const { token, open } = unitsOf(measured);
  const streams = Math.floor((defaultAssumptions.fullNode * 1e6) / (measured.pace * token.nodeCpuMicros));
  const found = simulateNodeDeath({
    nodes,
    streams,
    readers: streams,
    openMicros: open.nodeCpuMicros,
    busy: defaultAssumptions.fullNode,
    jitterMs,
  });
  const { interrupted, mostComingASecond, away } = found;
  return [`${nodes}`, `0 to ${shown(jitterMs)}`, ...[interrupted, mostComingASecond, away.p50, away.p99].map(shown)];
}

const delayTitles = ['shown at home p50 ms', 'p99 ms', 'elsewhere p50 ms', 'p99 ms'];

function delayCells({ home, elsewhere }: SimulationResult): string[] {
  return [home.p50, home.p99, elsewhere.p50, elsewhere.p99].map(shown);
}

/** Returns the simulation of one Redis at the utilization `full`. */
function oneRedis(measured: Measured, full: number): SimulationOptions {
  const whole = optionsOf(10_000, measured);
  const { appendMicros, rangeMicros, readElsewhere, pace } = whole;
  const { appendsAToken } = demandOf(10_000, inputsOf(measured));
  const microsAStream = pace * appendsAToken * (appendMicros + rangeMicros * readElsewhere);
  const streams = Math.round((full * 1e6) / microsAStream);
  return { ...whole, streams, shards: 1, nodes: Math.max(2, Math.ceil((whole.nodes * streams) / whole.streams)) };
}
