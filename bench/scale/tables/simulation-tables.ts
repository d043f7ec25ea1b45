// The tables of the simulation: agreement with the model, and what averages hide.
import { type Lines, shown } from '../../report/table.ts';
import { defaultAssumptions } from '../model/assumptions.ts';
import { demandOf, inputsOf } from '../model/demand.ts';
import type { Measured } from '../model/measured.ts';
import { simulateNodeDeath } from '../model/node-death.ts';
import { type SimulationResult, simulate } from '../model/simulate.ts';

const readers = 10_000;

/** Returns model and simulation side by side. */
export function agreementLines(measured: Measured): Lines {
  const inputs = inputsOf(measured);
  const demand = demandOf(readers, inputs);
  const { streams, replies, tokens, nodes, redisServers } = demand;
  const result = simulate(demand, inputs);
  const appends = tokens * demand.appendsAToken;
  const ranges = appends * inputs.assumptions.readElsewhere;
  const rows: readonly (readonly [string, number, number])[] = [
    ['streams under way', streams, result.streams],
    ['replies started a second', replies, result.replies],
    ['tokens a second', tokens, result.tokens],
    ['appends a second', appends, result.appends],
    ['reads by other nodes a second', ranges, result.ranges],
    ['commands a second of one Redis', (appends + ranges) / redisServers, commandsOf(result) / redisServers],
    ['share of its time that it is busy', demand.liveTextSeconds / redisServers, result.busy],
  ];
  return [
    [`${shown(readers)} readers, ${nodes} nodes, ${redisServers} Redis`, 'model', 'simulation', 'apart by'],
    ...rows.map(([title, one, other]) => [title, one, other, percent(Math.abs(other / one - 1))]),
  ];
}

/** Returns the delays of one Redis at the assumed utilization, by tick length. */
export function tickLines(measured: Measured): Lines {
  const lines = [5, 20, 50, 100, 200].map((tickMs) => {
    const { result } = simulateOneRedis(measured, defaultAssumptions.fullRedis, tickMs);
    const commands = commandsOf(result);
    return [tickMs, commands, result.commandsP99 / commands, percent(result.busy), ...delaysOf(result)];
  });
  const head = ['tick, ms', 'commands a second', 'p99 of a tenth of a second, times that', 'Redis busy'];
  return [[...head, ...delayTitles], ...lines];
}

/** Returns the delays of one Redis by utilization. */
export function fullnessLines(measured: Measured): Lines {
  const lines = [0.3, 0.6, 0.8, 0.9, 0.95].map((full) => {
    const { streams, result } = simulateOneRedis(measured, full);
    return [percent(full), streams, commandsOf(result), ...delaysOf(result)];
  });
  return [['Redis busy, by the model', 'streams', 'commands a second', ...delayTitles], ...lines];
}

/** Returns the consequences of the death of a node, by number of nodes. */
export function deathLines(measured: Measured): Lines {
  const lineOf = (nodes: number, jitterMs: number) => {
    const { readers, mostComingASecond, away } = simulateNodeDeath({ nodes, jitterMs }, inputsOf(measured));
    return [nodes, `0 to ${shown(jitterMs)}`, readers, mostComingASecond, away.p50, away.p99];
  };
  const titles = ['replies interrupted', 'busiest node: readers a second', 'reader away p50 ms', 'p99 ms'];
  const lines = [3, 10, 100].flatMap((nodes) => [lineOf(nodes, 0), lineOf(nodes, 1_000)]);
  return [['nodes', 'pause drawn from, ms', ...titles], ...lines];
}

const delayTitles = ['shown at home p50 ms', 'p99 ms', 'elsewhere p50 ms', 'p99 ms'];

function delaysOf({ home, elsewhere }: SimulationResult): number[] {
  return [home.p50, home.p99, elsewhere.p50, elsewhere.p99];
}

function commandsOf({ appends, ranges }: SimulationResult): number {
  return appends + ranges;
}

/** Simulates one Redis with so many streams that, with the present ticks, the share `full` of its time is busy. */
function simulateOneRedis(measured: Measured, full: number, tickMs = defaultAssumptions.appendEveryMs) {
  const present = demandOf(readers, inputsOf(measured));
  const streams = Math.round((full / present.liveTextSeconds) * present.streams);
  const nodes = Math.max(2, Math.ceil((present.nodes * streams) / present.streams));
  const inputs = inputsOf(measured, { appendEveryMs: tickMs });
  return { streams, result: simulate({ streams, nodes, redisServers: 1 }, inputs) };
}

function percent(share: number): string {
  return `${shown(share * 100)} %`;
}
