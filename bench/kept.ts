// What was measured last, figure by figure, so that one of them can be measured again without the hour that all take.
import { readFileSync, writeFileSync } from 'node:fs';
import type { Figure } from './figure.ts';
import type { Measured } from './table.ts';

/** Is one figure as it was measured last: every server in one run, by column, one value of each round. */
interface KeptFigure {
  readonly date: string;
  readonly rounds: number;
  readonly values: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
}

/** Holds figures by their names. */
export type Kept = Readonly<Record<string, KeptFigure>>;

const file = new URL('measured.json', import.meta.url);
const digits = 4;

/** Puts what a run measured in the place of what there was of the same figures. */
export function keep(
  kept: Kept,
  figures: readonly Pick<Figure, 'name' | 'columns'>[],
  measured: Measured,
  run: Pick<KeptFigure, 'date' | 'rounds'>,
): Kept {
  const fresh = figures.map(({ name, columns }) => {
    const valuesOf = (row: ReadonlyMap<string, readonly number[]>) =>
      Object.fromEntries(columns.flatMap(({ key }) => (row.has(key) ? [[key, row.get(key) ?? []]] : [])));
    const rows = [...measured].map(([server, row]) => [server, valuesOf(row)] as const);
    return [name, { ...run, values: Object.fromEntries(rows.filter(([, row]) => Object.keys(row).length > 0)) }];
  });
  return { ...kept, ...Object.fromEntries(fresh) };
}

/** Gives all that is kept as one run would have measured it. */
export function measuredIn(kept: Kept): Measured {
  const measured = new Map<string, Map<string, readonly number[]>>();
  for (const { values } of Object.values(kept)) {
    for (const [server, row] of Object.entries(values)) {
      const before = measured.get(server) ?? [];
      measured.set(server, new Map([...before, ...Object.entries(row)]));
    }
  }
  return measured;
}

/** Writes it as JSON, which has no word for infinite (a server was overwhelmed) nor for none (it cannot). */
export function encode(kept: Kept): string {
  const encoded = (_: string, value: unknown) => {
    if (typeof value !== 'number') return value;
    return Number.isFinite(value) ? Number(value.toPrecision(digits)) : String(value);
  };
  return JSON.stringify(kept, encoded, 2).replace(/\[[^[\]{}]*\]/g, (list) => list.replace(/\s+/g, ' '));
}

/** Reads what `encode` wrote. */
export function decode(text: string): Kept {
  return JSON.parse(text, (_, value) => (value === 'Infinity' || value === 'NaN' ? Number(value) : value)) as Kept;
}

/** Loads what there is. */
export function loadKept(): Kept {
  return decode(readFileSync(file, 'utf8'));
}

/** Writes it for the next time. */
export function saveKept(kept: Kept): void {
  writeFileSync(file, `${encode(kept)}\n`);
}
