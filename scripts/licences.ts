// The licences of all packages, from the lockfile: those of every platform, installed here or not.

/** A part of package-lock.json. */
export interface Lockfile {
  readonly packages: Readonly<
    Record<string, { readonly version?: string; readonly license?: string; readonly link?: boolean }>
  >;
}

/** A package and its licence: an SPDX expression, or nothing where it names none. */
export interface Licensed {
  readonly name: string;
  readonly version: string;
  readonly licence: string | undefined;
}

/** Licences that a package may have. Those of the second line require that the sources of the package are available, which they are. */
const allowed = new Set([
  ...['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'BlueOak-1.0.0', 'CC0-1.0', 'Unlicense'],
  ...['Python-2.0', 'OFL-1.1', 'MPL-2.0', 'EPL-2.0', 'CC-BY-SA-4.0'],
]);

/** Packages whose package.json names no licence; their LICENSE files do. */
const named: Readonly<Record<string, string>> = {
  busboy: 'MIT',
  khroma: 'MIT',
  memorystream: 'MIT',
  streamsearch: 'MIT',
};

/** Returns the packages of a lockfile, by name. */
export function licencesOf({ packages }: Lockfile): Licensed[] {
  const found = Object.entries(packages).flatMap(([path, { version = '', license, link }]) => {
    const [, name] = /node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path) ?? [];
    return name === undefined || link ? [] : [{ name, version, licence: license ?? named[name] }];
  });
  const byId = new Map(found.map((one) => [`${one.name}@${one.version}`, one]));
  return [...byId.values()].sort((one, other) => one.name.localeCompare(other.name, 'en'));
}

/** Whether an SPDX expression permits the use: all parts of `AND`, one of `OR`. */
export function isAllowed(expression: string): boolean {
  const plain = expression.replace(/^\((.*)\)$/, '$1');
  if (plain.includes(' OR ')) return plain.split(' OR ').some(isAllowed);
  if (plain.includes(' AND ')) return plain.split(' AND ').every(isAllowed);
  return allowed.has(plain);
}

/** Returns a line for each package whose licence is not allowed, or unknown. */
export function licenceProblems(lockfile: Lockfile): string[] {
  const refused = licencesOf(lockfile).filter(({ licence }) => licence === undefined || !isAllowed(licence));
  return refused.map(({ name, version, licence = 'no licence' }) => `${name}@${version}: ${licence}`);
}

/** Returns all packages as a Markdown table. */
export function licenceTable(lockfile: Lockfile): string {
  const rows = licencesOf(lockfile).map(({ name, version, licence }) => `| ${name} | ${version} | ${licence ?? ''} |`);
  return ['| Package | Version | Licence |', '|---|---|---|', ...rows].join('\n');
}
