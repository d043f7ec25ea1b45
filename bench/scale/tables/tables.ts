// All tables of docs/scaling.md by name, and their place in that file.
import { readFileSync, writeFileSync } from 'node:fs';
import { markdownTable } from '../../report/table.ts';
import type { Measured } from '../model/measured.ts';
import { costTable, readersTable, sizeTable } from './measured-tables.ts';
import { assumptionTable, bottleneckTable, changedTable, demandTable, sharedTable } from './model-tables.ts';
import { agreementTable, deathTable, fullnessTable, tickTable } from './simulation-tables.ts';

const tables = {
  costs: costTable,
  readers: readersTable,
  sizes: sizeTable,
  assumptions: assumptionTable,
  demand: demandTable,
  bottlenecks: bottleneckTable,
  changed: changedTable,
  shared: sharedTable,
  agreement: agreementTable,
  ticks: tickTable,
  fullness: fullnessTable,
  death: deathTable,
} as const satisfies Record<string, (measured: Measured) => string[][]>;

const document = new URL('../../../docs/scaling.md', import.meta.url);

/** Draws every table, with its name. */
export function drawTables(measured: Measured): [name: string, table: string][] {
  return Object.entries(tables).map(([name, tableOf]) => [name, markdownTable(tableOf(measured))]);
}

/** Returns the document with all tables, and the line with the date and the machine.
 *  @throws {Error} when the document has no place for a table. */
export function withTables(text: string, measured: Measured): string {
  const drawn = Object.entries(tables).map(([name, tableOf]) => ({
    name,
    draw: () => `\n${markdownTable(tableOf(measured))}\n`,
  }));
  const parts = [{ name: 'measured', draw: () => originOf(measured) }, ...drawn];
  return parts.reduce((whole, { name, draw }) => fill(whole, name, draw), text);
}

/** Reads the document. */
export function readDocument(): string {
  return readFileSync(document, 'utf8');
}

/** Writes the tables into the document. */
export function fillDocument(measured: Measured): void {
  writeFileSync(document, withTables(readDocument(), measured));
}

function originOf({ date, machine, versions }: Measured): string {
  const { node, redis, postgres } = versions;
  return `${date}, ${machine}, Node ${node}, Redis ${redis}, PostgreSQL ${postgres}`;
}

/** Replaces the text between `<!-- name -->` and `<!-- /name -->`. */
function fill(text: string, name: string, draw: () => string): string {
  const [from, to] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [start, end] = [text.indexOf(from), text.indexOf(to)];
  if (start < 0 || end < start) throw new Error(`docs/scaling.md has no place for "${name}".`);
  return `${text.slice(0, start + from.length)}${draw()}${text.slice(end)}`;
}
