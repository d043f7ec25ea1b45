// Checks the settings: every invalid one, and variables that look like a setting but are none.
import { type Config, ConfigError, readConfig } from '../config/config.ts';
import { documentedName, settings } from '../config/settings.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const known = Object.keys(settings.shape);
/** Prefixes that no other program's variables are likely to have. */
const ownPrefix = /^(ai|jwt)_/;

/** `config` is `undefined` when a setting is invalid. */
export function checkSettings(environment: Environment): { config: Config | undefined; findings: Finding[] } {
  const unknown = Object.keys(environment).flatMap((name) => checkName(name, environment));
  try {
    const config = readConfig(environment);
    const given = known.filter((name) => environment[name] ?? environment[name.toUpperCase()]);
    const findings = [ok('settings', `${given.length} set, all valid; the others have their defaults`), ...unknown];
    return { config, findings };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const invalid = error.message
      .split('\n')
      .map((line) => problem('settings', line, 'Correct it (docs/settings.md); the other checks need valid settings.'));
    return { config: undefined, findings: [...invalid, ...unknown] };
  }
}

/** Checks a variable that is no setting, or is one that another variable hides. */
function checkName(name: string, environment: Environment): Finding[] {
  const lower = name.toLowerCase();
  if (known.includes(lower)) {
    if (name !== lower && name !== name.toUpperCase()) {
      return [warning('settings', `${name} is ignored`, `Write ${documentedName(lower)}.`)];
    }
    const isHidden = name !== lower && environment[lower] !== undefined && environment[lower] !== environment[name];
    return isHidden
      ? [warning('settings', `${lower} hides ${name}, which has another value`, 'Unset one of them.')]
      : [];
  }
  const isKey = environment.ai_providers?.includes(name) || environment.AI_PROVIDERS?.includes(name);
  const [nearest, distance] = nearestTo(lower);
  const isMisspelt = distance <= (lower.length < 8 ? 1 : 2) && lower.length > 5;
  if (isKey || !(isMisspelt || ownPrefix.test(lower))) return [];
  const advice = isMisspelt
    ? `Write ${documentedName(nearest)}, or unset it.`
    : 'Unset it, or look it up in docs/settings.md.';
  return [warning('settings', `${name} is not a setting and has no effect`, advice)];
}

function nearestTo(name: string): [string, number] {
  return known
    .map((one): [string, number] => [one, distanceOf(one, name)])
    .reduce((best, one) => (one[1] < best[1] ? one : best));
}

/** Returns the Levenshtein distance of two short texts. */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      next.push(Math.min((row[j] ?? 0) + (letter === other ? 0 : 1), (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
