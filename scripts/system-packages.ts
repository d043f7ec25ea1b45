// Installs the programs that tests need and npm cannot install: on Debian and as root; elsewhere it names them.
// `npm run setup` runs this file, for every program that `npm test` needs or for those that its arguments name.
import { existsSync } from 'node:fs';
import { findProgram, type ProgramName, programs } from '@sillage/testing/programs';
import { run } from './run.ts';

/** Programs that only the full tests need. */
export const extraPrograms: readonly ProgramName[] = ['caddy', 'haproxy'];

const known = Object.keys(programs) as ProgramName[];

/** Every program that `npm test` needs. */
export const allPrograms = known.filter((name) => !extraPrograms.includes(name));

/** Installs missing programs where that is possible, and says so before it does. Returns the path of each program.
 *  @throws {Error} that names what a person has to install. */
export async function ensurePrograms(names: readonly ProgramName[]): Promise<string[]> {
  const missing = names.filter((name) => findProgram(name) === undefined);
  if (missing.length > 0 && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) await install(missing);
  return names.map(pathOf);
}

async function install(names: readonly ProgramName[]): Promise<void> {
  const packages = names.map((name) => programs[name].debianPackage);
  console.log(`Installing system packages with apt-get, as root: ${packages.join(', ')}`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await run(['apt-get', 'update', '-qq'], { env });
  const command = ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...packages];
  const { ok, output } = await run(command, { env });
  if (!ok) console.error(output);
}

function pathOf(name: ProgramName): string {
  const { debianPackage, variable } = programs[name];
  const path = findProgram(name);
  if (path !== undefined) return path;
  throw new Error(
    `The tests need ${name}, which is not installed. Install it (Debian, Ubuntu: apt-get install ${debianPackage}), ` +
      `or set ${variable} to its path.`,
  );
}

/** Returns the programs that arguments name; all that `npm test` needs where there are none. */
function namedPrograms(args: readonly string[]): readonly ProgramName[] {
  const unknown = args.find((name) => !(known as string[]).includes(name));
  if (unknown) throw new Error(`There is no program "${unknown}". The programs are ${known.join(', ')}.`);
  return args.length > 0 ? known.filter((name) => args.includes(name)) : allPrograms;
}

if (import.meta.main) for (const path of await ensurePrograms(namedPrograms(process.argv.slice(2)))) console.log(path);
