// The command `sillage doctor`: checks what a server needs, and says what to do. Imports only what an old Node.js can load.
import { parseArgs } from 'node:util';
import { nodeProblem } from '../config/node-version.ts';
import type { CheckLimits } from './check-limits.ts';
import type { DiagnoseOptions } from './diagnose.ts';
import { type Finding, ok, problem } from './finding.ts';
import { withoutSecrets } from './secrets.ts';

const usage = `Usage: sillage doctor [--json] [--url https://chat.example.com]

Checks, with the settings of the server: settings, Node.js, data folder, database, Redis, sign-in, provider, clock and,
through the public URL, whether a proxy holds events back. Exits with 1 when there is a problem.`;

/** What the command is given. */
interface DoctorOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly print: (line: string) => void;
  readonly nodeVersion?: string;
  readonly limits?: Partial<CheckLimits>;
}

/** Runs the command and returns its exit code. */
export async function doctor(
  args: readonly string[],
  { environment, print, nodeVersion = process.versions.node, limits = {} }: DoctorOptions,
): Promise<0 | 1> {
  const options = parsed(args);
  if (options === undefined) {
    print(usage);
    return 1;
  }
  const findings: Finding[] = [];
  for await (const finding of all(environment, { url: options.url, nodeVersion, limits })) {
    if (finding.level !== 'waiting') findings.push(finding);
    if (!options.json) print(withoutSecrets(lineOf(finding), environment));
  }
  const isOk = findings.every(({ level }) => level !== 'problem');
  if (options.json) print(withoutSecrets(JSON.stringify({ ok: isOk, findings }, null, 2), environment));
  return isOk ? 0 : 1;
}

async function* all(
  environment: DoctorOptions['environment'],
  { nodeVersion, ...options }: DiagnoseOptions & { nodeVersion: string },
): AsyncGenerator<Finding> {
  const tooOld = nodeProblem(nodeVersion);
  if (tooOld !== undefined) {
    yield problem('node', tooOld, 'Install a supported Node.js; the other checks need it.');
    return;
  }
  yield ok('node', `Node.js ${nodeVersion}`);
  const { diagnose } = await import('./diagnose.ts');
  yield* diagnose(environment, options);
}

function parsed(args: readonly string[]): { json: boolean; url: string | undefined } | undefined {
  try {
    const options = { json: { type: 'boolean', default: false }, url: { type: 'string' } } as const;
    const { json, url } = parseArgs({ args: [...args], options }).values;
    return url === undefined || /^https?:$/.test(URL.parse(url)?.protocol ?? '') ? { json, url } : undefined;
  } catch {
    return undefined; // an unknown option
  }
}

function lineOf({ check, level, message, advice }: Finding): string {
  const line = `${level.padEnd(8)} ${check.padEnd(9)} ${message}`;
  return advice === undefined ? line : `${line}\n${' '.repeat(19)}${advice}`;
}
