// `npm run bench`: measures Sillage, its peers and the limit, and prints one table.
// --only sillage,pipe  --figures cpu,ttft  --rounds 3  --quick
// --save  writes RESULTS.md; figures that are not measured keep their saved results

import { figures } from './figures/all-figures.ts';
import type { Figure } from './figures/figure.ts';
import { readOptions } from './options.ts';
import { barChart, saveChart } from './report/chart.ts';
import { machineLines, runLines, type Section, saveReport } from './report/report.ts';
import { loadResults, measuredIn, mergeResults, saveResults } from './report/saved-results.ts';
import { type Measured, markdownTable, medianOf, ratiosTo, tableOf } from './report/table.ts';
import { direct, type Peer, peers } from './servers/peers.ts';
import { openTestbed, type Testbed } from './testbed/testbed.ts';

const chartTitle = 'CPU of the server, microseconds a token (less is better)';

const known = { servers: peers.map(({ name }) => name), figures: figures.map(({ name }) => name) };
const options = readOptions(process.argv.slice(2), known);
const chosen = figures.filter(({ name }) => options.figures.length === 0 || options.figures.includes(name));
const rows = peers.filter(({ name }) => options.only.length === 0 || options.only.includes(name));

await using testbed = await openTestbed();
const measured = await measureAll(testbed);
const sections = sectionsOf(chosen, measured);
console.log([runLines(options).join('\n'), ...sections.map(({ title, text }) => `${title}\n${text}`)].join('\n\n'));
if (options.saves) save(measured);

/** Writes the results file and the chart. Figures that this run has left out keep their saved results. */
function save(fresh: Measured): void {
  const run = { date: new Date().toISOString().slice(0, 10), rounds: options.rounds };
  const saved = mergeResults(loadResults(), chosen, fresh, run);
  saveResults(saved);
  const measured = measuredIn(saved);
  const known = figures.filter(({ name }) => name in saved);
  const whenOf = ({ name, columns }: Figure) => {
    const { date = '', rounds = 0 } = saved[name] ?? {};
    return `- ${date}, ${rounds === 1 ? 'one run' : `medians of ${rounds} runs in turn`}: ${columns[0]?.title}`;
  };
  const when = { title: 'When each was measured', text: known.map(whenOf).join('\n') };
  saveReport('RESULTS.md', machineLines(), [...sectionsOf(known, measured), when]);
  const bars = rows.map(({ name, title }) => ({
    label: title,
    value: medianOf(measured, name, 'cpu'),
    isOwn: name.startsWith('sillage'),
  }));
  if (bars.every(({ value }) => value > 0)) saveChart('cpu.svg', barChart(chartTitle, bars, { decimals: 1 }));
}

function sectionsOf(shown: readonly Figure[], measured: Measured): Section[] {
  const columns = shown.flatMap((figure) => figure.columns);
  const withDirect = shown.some((figure) => figure.withDirect);
  const names = [...(withDirect ? [direct.name] : []), ...rows.map(({ name }) => name)];
  return [
    { title: 'Servers', text: markdownTable(tableOf(columns, names, measured)) },
    { title: 'Times what Sillage takes', text: markdownTable(ratiosTo('sillage', columns, names, measured)) },
    { title: 'Rows', text: [direct, ...rows].map(lineOf).join('\n') },
  ];
}

function lineOf({ name, title, note }: Peer): string {
  return `- \`${name}\`: ${title}${note === undefined ? '' : `; ${note}`}`;
}

/** Measures by figure, round and server, so that other load on the machine affects all servers equally. */
async function measureAll(testbed: Testbed): Promise<Map<string, Map<string, number[]>>> {
  const measured = new Map<string, Map<string, number[]>>();
  for (const figure of chosen) {
    for (let round = 1; round <= options.rounds; round++) {
      for (const peer of peersOf(figure)) {
        const values = await measureOne(testbed, figure, peer);
        const row = measured.get(peer.name) ?? new Map<string, number[]>();
        measured.set(peer.name, row);
        for (const [key, value] of Object.entries(values)) row.set(key, [...(row.get(key) ?? []), value]);
        console.error(`${figure.name} ${round}/${options.rounds} ${peer.name}: ${JSON.stringify(values)}`);
      }
    }
  }
  return measured;
}

function peersOf(figure: Figure): Peer[] {
  const able = rows.filter(({ isDurable }) => isDurable || !figure.onlyDurable);
  return figure.withDirect ? [direct, ...able] : able;
}

/** A server that fails is a gap in the table instead of the end of an hour's run. */
async function measureOne(testbed: Testbed, figure: Figure, peer: Peer): Promise<Record<string, number>> {
  try {
    return await testbed.measure(peer, figure, options);
  } catch (error) {
    console.error(`${figure.name} ${peer.name} failed: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
    return {};
  }
}
