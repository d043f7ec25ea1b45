// The command line of the bench.
import { parseArgs } from 'node:util';

/** The options of a run. */
export interface BenchOptions {
  /** Names of servers; empty: all. */
  readonly only: readonly string[];
  /** Names of figures; empty: all. */
  readonly figures: readonly string[];
  readonly rounds: number;
  readonly isQuick: boolean;
  readonly saves: boolean;
}

/** Reads the command line.
 *  @throws {Error} for an unknown name or value. */
export function readOptions(args: readonly string[], known: { servers: string[]; figures: string[] }): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: '' },
      figures: { type: 'string', default: '' },
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      save: { type: 'boolean', default: false },
    },
  });
  const rounds = Number(values.rounds ?? (values.quick ? 1 : 3));
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds must be a whole number of at least 1.');
  if (values.save && (values.only !== '' || values.quick)) {
    throw new Error('--save compares all servers, in whole runs: leave --only and --quick out.');
  }
  return {
    only: namesIn(values.only, known.servers),
    figures: namesIn(values.figures, known.figures),
    rounds,
    isQuick: values.quick,
    saves: values.save,
  };
}

function namesIn(list: string, known: readonly string[]): string[] {
  const names = list.split(',').filter((name) => name !== '');
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`There is no "${unknown}"; there are: ${known.join(', ')}.`);
  return names;
}
