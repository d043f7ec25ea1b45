// The table of a run: a line for each figure, a column for each server, medians and ratios.
import type { Column } from '../figures/figure.ts';
import { median } from './percentiles.ts';

/** All measured values: by server, then by column, one for each round. */
export type Measured = ReadonlyMap<string, ReadonlyMap<string, readonly number[]>>;

/** Returns the lines of the table as cells; the first is the head. Ratios are to the column's own row, within this run. */
export function tableOf(columns: readonly Column[], servers: readonly string[], measured: Measured): string[][] {
  const lineOf = ({ key, title, decimals, against }: Column) => {
    const reference = against === undefined ? Number.NaN : medianOf(measured, against, key);
    const cells = servers.map((server) => cellOf(medianOf(measured, server, key), { decimals, reference }));
    return [title, ...cells];
  };
  return [['', ...servers], ...columns.map(lineOf)];
}

/** Returns how many times a peer's value is that of `server`, or the other way round where more is better; a line each. */
export function ratiosTo(server: string, columns: readonly Column[], servers: readonly string[], measured: Measured) {
  const compared = columns.filter(({ against }) => against !== undefined);
  const lines = compared.map(({ key, title, moreIsBetter }) => {
    const own = medianOf(measured, server, key);
    const cells = servers.map((name) => {
      const times = moreIsBetter ? own / medianOf(measured, name, key) : medianOf(measured, name, key) / own;
      return Number.isFinite(times) ? `${times.toFixed(2)} x` : '-';
    });
    return [title, ...cells];
  });
  return [['', ...servers], ...lines];
}

/** Returns the median of a server's values; NaN where there are none. */
export function medianOf(measured: Measured, server: string, key: string): number {
  return median(measured.get(server)?.get(key) ?? []);
}

function cellOf(value: number, { decimals, reference }: { decimals: number; reference: number }): string {
  if (Number.isNaN(value)) return '-';
  const ratio = value / reference;
  const number = value.toLocaleString('en', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  return Number.isFinite(ratio) ? `${number} (${ratio.toFixed(2)})` : number;
}

/** Writes cells as a Markdown table, padded so that it reads well in a terminal too. */
export function markdownTable(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(3, ...lines.map((line) => line[column]?.length ?? 0)));
  const write = (line: readonly string[]) =>
    `| ${line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(' | ')} |`;
  const rule = widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  const [head = [], ...rest] = lines;
  return [write(head), write(rule), ...rest.map(write)].join('\n');
}
