// `npm run bench`: measures Sillage, its peers and the limit, and prints one table.
// --only sillage,pipe  --figures cpu,ttft  --rounds 3  --quick
// --save  writes RESULTS.md; figures that are not measured keep their saved results

import { growth, pacedCpu, readers, unpacedCpu } from './figures/cpu.ts';
import { capacity, tokenDelay } from './figures/delay.ts';
import type { Figure } from './figures/figure.ts';
import { firstToken } from './figures/first-token.ts';
import { memory } from './figures/memory.ts';
import { resume } from './figures/resume.ts';
import { stored } from './figures/stored.ts';
import { readOptions } from './options.ts';
import { barChart } from './report/chart.ts';
import { reportOf, saveFile } from './report/report.ts';
import { measureInTurn, medianOf, type Result, type Results, saveResults } from './report/results.ts';
import { ratiosTo, tableOf, tableText } from './report/table.ts';
import { direct, type Peer, peers } from './servers/peers.ts';
import { openTestbed } from './testbed/testbed.ts';

/** Every figure, in the order of the table, by the name that `--figures` takes. */
const all: readonly Figure[] = [
  unpacedCpu,
  pacedCpu,
  firstToken,
  tokenDelay,
  capacity,
  memory,
  readers,
  resume,
  growth,
  stored,
];
const known = { rows: peers.map(({ name }) => name), figures: all.map(({ name }) => name) };
const options = readOptions(process.argv.slice(2), known);
const figures = all.filter(({ name }) => options.figures.includes(name));
const rows = peers.filter(({ name }) => options.only.includes(name));

const fresh: Record<string, Result> = {};
await using testbed = await openTestbed();
for (const figure of figures) {
  const measured = [...(figure.withDirect ? [direct] : []), ...rows];
  fresh[figure.name] = await measureInTurn(figure.name, {
    rounds: options.rounds,
    rows: measured.filter(({ isDurable }) => isDurable || !figure.onlyDurable),
    measure: (peer) => testbed.measure(peer, figure, options),
  });
}
console.log(`${reportOn(figures, fresh)}${options.isQuick ? '\nShortened: not to be quoted.' : ''}`);
if (options.saves) save();

function reportOn(shown: readonly Figure[], results: Results): string {
  const names = rows.map(({ name }) => name);
  if (shown.some(({ withDirect }) => withDirect)) names.unshift(direct.name);
  const lineOf = ({ name, title, note }: Peer) => `- \`${name}\`: ${[title, note].filter(Boolean).join('; ')}`;
  const sections = {
    Servers: tableText(tableOf(shown, names, results)),
    'Times what Sillage takes': tableText(ratiosTo('sillage', shown, names, results)),
    Rows: [direct, ...rows].map(lineOf).join('\n'),
  };
  return reportOf(sections, shown, results);
}

/** Writes the results file and the chart. Figures that this run has left out keep their saved results. */
function save(): void {
  const saved = saveResults(fresh);
  const report = reportOn(
    all.filter(({ name }) => name in saved),
    saved,
  );
  saveFile('RESULTS.md', report);
  const bars = rows.map(({ name, title }) => ({
    label: title,
    value: medianOf(saved.cpu, name, 'cpu'),
    isOwn: name.startsWith('sillage'),
  }));
  const title = 'CPU of the server, microseconds a token (less is better)';
  if (bars.every(({ value }) => value > 0)) saveFile('cpu.svg', barChart(title, bars, { decimals: 1 }));
}
