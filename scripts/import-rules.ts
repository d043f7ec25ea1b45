// Who may import whom (docs/architecture.md). Rules over source texts; import-rules.test.ts applies them to the project.
import { posix } from 'node:path';

const packages: Record<string, string> = {
  'packages/protocol': '@sillage/protocol',
  'packages/client': '@sillage/client',
  'packages/testing': '@sillage/testing',
  backend: '@sillage/server',
  frontend: '@sillage/web',
  e2e: '@sillage/e2e',
  bench: '@sillage/bench',
};

// What a package may import of ours, beside itself. Tests may import @sillage/testing, too.
const allowed: Record<string, readonly string[]> = {
  'packages/protocol': [],
  'packages/client': ['packages/protocol'],
  'packages/testing': ['packages/protocol'],
  backend: ['packages/protocol'],
  frontend: ['packages/client', 'packages/protocol'],
  e2e: Object.keys(packages),
  bench: Object.keys(packages),
};

// What a folder of the backend may import of the backend, beside itself.
const folders: Record<string, readonly string[]> = {
  'backend/src/streams/': ['backend/src/database/', 'backend/src/redis/'],
  'backend/src/redis/': [],
  'backend/src/ai/': [],
};

/** Returns what is wrong with the imports of one file, a sentence each; `path` is relative to the project's root. */
export function forbiddenImports(path: string, source: string): string[] {
  return [...source.matchAll(importPattern)].flatMap(([, specifier = '']) => {
    const target = resolve(path, specifier);
    const reason = target === undefined ? undefined : reasonAgainst(path, { specifier, target });
    return reason === undefined ? [] : [`${path} imports '${specifier}': ${reason}`];
  });
}

const importPattern = /^(?:import|export|\}|.*\bimport\()[^'"\n]*['"]([^'"\n]+)['"]/gm;

function reasonAgainst(path: string, { specifier, target }: { specifier: string; target: string }) {
  const from = packageOf(path);
  const to = packageOf(target);
  if (from === undefined || to === undefined) return undefined;
  if (from !== to) return reasonAcross(path, { specifier, from, to });
  if (isTest(path)) return undefined;
  if (isTest(target)) return 'only tests import tests';
  const folder = Object.keys(folders).find((name) => path.startsWith(name));
  const reachable = folder === undefined ? [] : [folder, ...(folders[folder] ?? [])];
  if (folder && !reachable.some((name) => target.startsWith(name)))
    return `${folder} stands on ${reachable.slice(1).join(', ') || 'nothing of ours'}`;
  return reasonOfRole(path, target);
}

function reasonAcross(path: string, { specifier, from, to }: { specifier: string; from: string; to: string }) {
  if (specifier.startsWith('.')) return 'across packages, import by name';
  if (to === 'packages/testing' && isTest(path)) return undefined;
  if (allowed[from]?.includes(to)) return undefined;
  return `${packages[from]} may not know ${packages[to]}`;
}

/** Controllers -> services -> ports; modules join them. */
function reasonOfRole(path: string, target: string) {
  if (isModule(path)) return undefined;
  if (target.endsWith('.controller.ts')) return 'only modules know controllers';
  if (isAdapter(target) && !isAdapter(path)) return 'only modules choose adapters';
  if (path.endsWith('.controller.ts') && target.startsWith('backend/src/database/')) return 'controllers ask services';
  return undefined;
}

function resolve(path: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(path), specifier);
  if (specifier.startsWith('@/')) return `frontend/src/${specifier.slice(2)}`;
  const found = Object.entries(packages).find(([, name]) => specifier === name || specifier.startsWith(`${name}/`));
  return found && `${found[0]}/`;
}

function packageOf(path: string): string | undefined {
  return Object.keys(packages).find((name) => path.startsWith(`${name}/`));
}

function isTest(path: string): boolean {
  return (
    /\.(test|testing|contract)\.tsx?$/.test(path) ||
    /^(packages\/testing|frontend\/src\/testing|e2e|bench)\//.test(path)
  );
}

function isModule(path: string): boolean {
  return /(\.module|^backend\/src\/(main|index))\.ts$/.test(path);
}

function isAdapter(path: string): boolean {
  return /\/stores\//.test(path) || /\/(sqlite|redis|postgres)-[^/]*$/.test(path);
}
