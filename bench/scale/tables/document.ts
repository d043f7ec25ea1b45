// docs/scaling.md, which holds every table, and the line with the date and the machine: each between `<!-- name -->` and
// `<!-- /name -->`.
import { tableText } from '../../report/table.ts';
import type { Measured } from '../model/measured.ts';
import { tables } from './tables.ts';

/** The file of the document. */
export const documentFile = new URL('../../../docs/scaling.md', import.meta.url);

/** Draws every table, by name. */
export function drawTables(measured: Measured): Record<string, string> {
  return Object.fromEntries(Object.entries(tables).map(([name, linesOf]) => [name, tableText(linesOf(measured))]));
}

/** Returns the text of the document with these tables.
 *  @throws {Error} when the document has no place for a table. */
export function withTables(text: string, drawn: Record<string, string>, { date, machine, versions }: Measured): string {
  const { node, redis, postgres } = versions;
  const origin = `${date}, ${machine}, Node ${node}, Redis ${redis}, PostgreSQL ${postgres}`;
  const parts = Object.entries(drawn).map(([name, table]) => [name, `\n${table}\n`] as const);
  return [['measured', origin] as const, ...parts].reduce((whole, [name, part]) => {
    const place = new RegExp(`(?<=<!-- ${name} -->).*(?=<!-- /${name} -->)`, 's');
    if (!place.test(whole)) throw new Error(`docs/scaling.md has no place for "${name}".`);
    return whole.replace(place, () => part);
  }, text);
}
