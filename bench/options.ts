// The command line of the bench.
import { parseArgs } from 'node:util';

/** Reads the command line. `only` and `figures` are names of the known ones; all of them without a choice.
 *  @throws {Error} for an unknown name or value. */
export function readOptions(args: readonly string[], known: { rows: readonly string[]; figures: readonly string[] }) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      figures: { type: 'string' },
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      save: { type: 'boolean', default: false },
    },
  });
  const { only, figures, quick: isQuick, save: saves } = values;
  const rounds = Number(values.rounds ?? (isQuick ? 1 : 3));
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds must be a whole number of at least 1.');
  if (saves && (only !== undefined || isQuick)) {
    throw new Error('--save compares all rows, in whole runs: leave --only and --quick out.');
  }
  return { only: chosen(only, known.rows), figures: chosen(figures, known.figures), rounds, isQuick, saves };
}

function chosen(list: string | undefined, known: readonly string[]): readonly string[] {
  const names = list?.split(',') ?? known;
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`There is no "${unknown}"; there are: ${known.join(', ')}.`);
  return names;
}
