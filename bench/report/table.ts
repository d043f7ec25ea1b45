// The tables of a run: a line for each column of its figures, a column for each row, medians and ratios.
import { markdownTable } from 'markdown-table';
import { medianOf, type Results } from './results.ts';

/** One column of the table. */
export interface Column {
  readonly key: string;
  readonly title: string;
  /** Digits after the decimal point. */
  readonly decimals: number;
  /** The row with the ratio 1. Without it the column has no ratios. */
  readonly against?: string;
  /** The column whose value in the same row is the ratio 1, of what is measured at a smaller size. */
  readonly grownFrom?: string;
  readonly moreIsBetter?: boolean;
}

/** What a table needs of a figure. */
export interface Tabled {
  readonly name: string;
  readonly columns: readonly Column[];
}

/** Returns the lines of the table as cells; the first is the head. Ratios are to the column's own row, within this run. */
export function tableOf(figures: readonly Tabled[], rows: readonly string[], results: Results): string[][] {
  const lines = figures.flatMap(({ name, columns }) =>
    columns.map(({ key, title, decimals: digits, against = '', grownFrom }) => {
      const cellOf = (row: string) => {
        const value = medianOf(results[name], row, key);
        const reference = medianOf(results[name], grownFrom ? row : against, grownFrom ?? key);
        if (Number.isNaN(value)) return '-';
        const number = value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
        return Number.isFinite(value / reference) ? `${number} (${(value / reference).toFixed(2)})` : number;
      };
      return [title, ...rows.map(cellOf)];
    }),
  );
  return [['', ...rows], ...lines];
}

/** Returns how many times a row's value is that of `own`, or the other way round where more is better; a line for each column
 *  with ratios. */
export function ratiosTo(own: string, figures: readonly Tabled[], rows: readonly string[], results: Results) {
  const lines = figures.flatMap(({ name, columns }) =>
    columns.flatMap(({ key, title, against, moreIsBetter }) => {
      if (against === undefined) return [];
      const cells = rows.map((row) => {
        const [one, other] = [row, own].map((which) => medianOf(results[name], which, key)) as [number, number];
        const times = moreIsBetter ? other / one : one / other;
        return Number.isFinite(times) ? `${times.toFixed(2)} x` : '-';
      });
      return [[title, ...cells]];
    }),
  );
  return [['', ...rows], ...lines];
}

/** The cells of a table, the head first. */
export type Lines = readonly (readonly (string | number)[])[];

/** Writes cells as a Markdown table: titles on the left, numbers on the right, as `shown` formats them. */
export function tableText(lines: Lines): string {
  const cells = lines.map((line) => line.map((cell) => (typeof cell === 'number' ? shown(cell) : cell)));
  return markdownTable(cells, { align: ['', ...Array<string>(lines[0]?.length ?? 0).fill('r')] });
}

/** Formats a number with three significant digits; NaN and Infinity are a dash. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return '-';
  if (value !== 0 && Math.abs(value) < 0.005) return '0.00';
  return value.toLocaleString('en', { maximumSignificantDigits: 3 });
}
