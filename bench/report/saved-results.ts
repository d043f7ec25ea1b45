// The latest result of each figure, so that one figure can be measured again without the hour that all of them take.
import { readFileSync, writeFileSync } from 'node:fs';
import type { Figure } from '../figures/figure.ts';
import type { Measured } from './table.ts';

/** The latest result of one figure: all servers in one run, by column, one value for each round. */
interface SavedFigure {
  readonly date: string;
  readonly rounds: number;
  readonly values: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
}

/** Saved figures by name. */
export type SavedResults = Readonly<Record<string, SavedFigure>>;

const file = new URL('../measured.json', import.meta.url);
const digits = 4;

/** Replaces the figures that a run has measured again. */
export function mergeResults(
  saved: SavedResults,
  figures: readonly Pick<Figure, 'name' | 'columns'>[],
  measured: Measured,
  run: Pick<SavedFigure, 'date' | 'rounds'>,
): SavedResults {
  const fresh = figures.map(({ name, columns }) => {
    const valuesOf = (row: ReadonlyMap<string, readonly number[]>) =>
      Object.fromEntries(columns.flatMap(({ key }) => (row.has(key) ? [[key, row.get(key) ?? []]] : [])));
    const rows = [...measured].map(([server, row]) => [server, valuesOf(row)] as const);
    return [name, { ...run, values: Object.fromEntries(rows.filter(([, row]) => Object.keys(row).length > 0)) }];
  });
  return { ...saved, ...Object.fromEntries(fresh) };
}

/** Returns all saved figures in the form of one run. */
export function measuredIn(saved: SavedResults): Measured {
  const measured = new Map<string, Map<string, readonly number[]>>();
  for (const { values } of Object.values(saved)) {
    for (const [server, row] of Object.entries(values)) {
      const before = measured.get(server) ?? [];
      measured.set(server, new Map([...before, ...Object.entries(row)]));
    }
  }
  return measured;
}

/** Encodes results as JSON, with Infinity (a server was overloaded) and NaN (it has no value) as strings. */
export function encode(saved: SavedResults): string {
  const encoded = (_: string, value: unknown) => {
    if (typeof value !== 'number') return value;
    return Number.isFinite(value) ? Number(value.toPrecision(digits)) : String(value);
  };
  return JSON.stringify(saved, encoded, 2).replace(/\[[^[\]{}]*\]/g, (list) => list.replace(/\s+/g, ' '));
}

/** Reads what `encode` wrote. */
export function decode(text: string): SavedResults {
  return JSON.parse(text, (_, value) =>
    value === 'Infinity' || value === 'NaN' ? Number(value) : value,
  ) as SavedResults;
}

/** Loads the saved results. */
export function loadResults(): SavedResults {
  return decode(readFileSync(file, 'utf8'));
}

/** Saves the results. */
export function saveResults(saved: SavedResults): void {
  writeFileSync(file, `${encode(saved)}\n`);
}
