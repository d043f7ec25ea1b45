// The results of figures, and the file that keeps the latest of each, so that one figure can be measured again without the
// hour that all of them take.
import { readFileSync, writeFileSync } from 'node:fs';
import { median } from './percentiles.ts';

/** Values by the key of their column. */
export type Values = Readonly<Record<string, number>>;

/** One figure, measured at all rows in one run: by row, then by column, one value for each round. */
export interface Result {
  readonly date: string;
  readonly rounds: number;
  readonly values: Record<string, Record<string, number[]>>;
}

/** Results by the name of their figure. */
export type Results = Readonly<Record<string, Result>>;

/** How a figure is measured in each round, at one row after the other. */
export interface Measuring<Row> {
  readonly rounds: number;
  readonly rows: readonly Row[];
  readonly measure: (row: Row) => Promise<Values>;
}

/** Measures the rows of a figure in turn, so that other load on the machine affects all of them equally. A row that fails is
 *  a gap in the table instead of the end of an hour's run. */
export async function measureInTurn<Row extends { readonly name: string }>(
  figure: string,
  { rounds, rows, measure }: Measuring<Row>,
): Promise<Result> {
  const result: Result = { date: new Date().toISOString().slice(0, 10), rounds, values: {} };
  for (let round = 1; round <= rounds; round++) {
    for (const row of rows) {
      try {
        const measured = await measure(row);
        const before = result.values[row.name] ?? {};
        const entries = Object.entries(measured).map(([key, value]) => [key, [...(before[key] ?? []), value]]);
        result.values[row.name] = Object.fromEntries(entries);
        console.error(`${figure} ${round}/${rounds} ${row.name}: ${JSON.stringify(measured)}`);
      } catch (error) {
        console.error(`${figure} ${row.name} failed: ${error instanceof Error ? error.message : error}`);
        process.exitCode = 1;
      }
    }
  }
  return result;
}

/** Returns the median of a row's values; NaN where there are none. */
export function medianOf(result: Result | undefined, row: string, key: string): number {
  return median(result?.values[row]?.[key] ?? []);
}

const file = new URL('../measured.json', import.meta.url);
const digits = 4;

/** Encodes results as JSON, with Infinity (a server was overloaded) and NaN (it has no value) as strings. */
export function encode(results: Results): string {
  const encoded = (_: string, value: unknown) => {
    if (typeof value !== 'number') return value;
    return Number.isFinite(value) ? Number(value.toPrecision(digits)) : String(value);
  };
  const onOneLine = (list: string) => list.replace(/\n\s*/g, '').replaceAll(',', ', ');
  return JSON.stringify(results, encoded, 2).replace(/\[[^[\]{}]*\]/g, onOneLine);
}

/** Reads what `encode` wrote. */
export function decode(text: string): Results {
  return JSON.parse(text, (_, value) => (value === 'Infinity' || value === 'NaN' ? Number(value) : value));
}

/** Saves results in place of the older ones of the same figures, and returns all that are saved. */
export function saveResults(fresh: Results): Results {
  const saved = { ...decode(readFileSync(file, 'utf8')), ...fresh };
  writeFileSync(file, `${encode(saved)}\n`);
  return saved;
}
