// The suites, one project each; scripts/test.ts names the programs that each needs. `npm run check` runs `unit` and `react`.
import { globSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import react from '@vitejs/plugin-react';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

const conditions = ['@sillage/source'];
const resolve = { conditions, alias: { '@': new URL('frontend/src', import.meta.url).pathname } };
const ssr = { resolve: { conditions, externalConditions: conditions } };

/** A suite. `long` names those of its files that only `npm run test:all` runs: each takes much time by itself, and repeats
 *  on another store, framework or platform what a file of the short run proves, or checks what a release needs. */
interface Suite {
  readonly name: string;
  readonly include: readonly string[];
  readonly exclude?: readonly string[];
  readonly long?: readonly string[];
  readonly plugins?: TestProjectInlineConfiguration['plugins'];
  readonly test?: TestProjectInlineConfiguration['test'];
}

// `npm run check` leaves out tests that need system programs, and those that compile or simulate for many seconds.
const programs = [
  'packages/testing/src/{processes/child-process,databases/*}.test.ts',
  'bench/scale/measuring/counters.test.ts',
];
const slow = [
  'packages/client/src/ai-sdk/types.test.ts',
  'scripts/docs/docs-snippets.test.ts',
  'bench/scale/tables/document.test.ts',
];

// These need a document, as components do.
const inBrowser = ['frontend/src/{browser/{sign-in,supported-browsers},sidebar/list-store/conversation-list}.test.ts'];

// Files that measure delays, memory or long tasks run one at a time, after all others.
const timed = [
  'e2e/page/{first-load,rendering/markdown-cost}.test.ts',
  'e2e/faults/readers.test.ts',
  'e2e/attacks/{large-conversations,many-feeds}.test.ts',
  'e2e/event-loop/longest-task.test.ts',
];

// These also run on PostgreSQL and Redis, in full only.
const timedOnRedis = ['e2e/faults/readers.test.ts'];

const oneAtATime = { maxWorkers: 1, sequence: { groupOrder: 2 } };
/** Limits of every test. They detect what never happens: on a busy machine a start takes many seconds. */
const patient = { testTimeout: 180_000, hookTimeout: 180_000, expect: { poll: { timeout: 60_000 } } };

const suites: readonly Suite[] = [
  {
    name: 'unit',
    include: ['{packages/{protocol,client,testing}/src,frontend/src,scripts,bench}/**/*.test.ts'],
    exclude: [...programs, ...slow, ...inBrowser],
  },
  { name: 'server', include: ['backend/src/**/*.test.ts', ...programs, ...slow] },
  {
    name: 'react',
    include: ['{packages/client,frontend}/src/**/*.test.tsx', ...inBrowser],
    plugins: [react()],
    test: {
      environment: 'jsdom',
      setupFiles: ['frontend/src/testing/setup.ts'],
    },
  },
  {
    name: 'e2e',
    include: ['e2e/**/*.test.ts'],
    exclude: ['e2e/{faults,cluster,attacks,examples}/**', ...timed],
    long: ['e2e/{image,cluster-script}.test.ts', 'e2e/soak/soak-nodes.test.ts'],
  },
  { name: 'faults', include: ['e2e/faults/**/*.test.ts'], exclude: timed },
  {
    name: 'faults-redis',
    include: ['e2e/faults/*.test.ts'], // and not those of embedded/
    exclude: timed,
    long: ['e2e/faults/{byte-exact,client,client-page,event-source,process,proxies,start,upstream}.test.ts'],
    test: { globalSetup: ['e2e/faults/fixture/shared-databases.ts'] },
  },
  {
    name: 'cluster',
    include: ['e2e/cluster/**/*.test.ts'],
    long: ['e2e/cluster/{cuts,killed-node}.test.ts'],
  },
  { name: 'attacks', include: ['e2e/attacks/**/*.test.ts'], exclude: timed },
  {
    name: 'examples',
    include: ['e2e/examples/**/*.test.ts'],
    long: ['e2e/examples/{ai-sdk,next,nest,nest11,published-packages,vue}.test.ts'],
    test: { globalSetup: ['e2e/examples/packed.ts'], hookTimeout: 600_000 },
  },
  { name: 'timed', include: timed, test: oneAtATime },
  {
    name: 'timed-redis',
    include: timedOnRedis,
    long: timedOnRedis,
    test: { globalSetup: ['e2e/faults/fixture/shared-databases.ts'], ...oneAtATime },
  },
];

/** The files of a suite. SILLAGE_TESTS is set by scripts/test.ts: `short` leaves out long files, `rest` runs only what
 *  `short` leaves out or shortens. Without it, vitest finds every file. */
function filesOf({ include, exclude = [], long = [] }: Suite) {
  const selection = process.env.SILLAGE_TESTS;
  if (selection === 'short') return { include: [...include], exclude: [...exclude, ...long] };
  if (selection !== 'rest') return { include: [...include], exclude: [...exclude] };
  const shortened = globSync(include).filter((path) => /(shortOrFull|someOrAll)\(/.test(readFileSync(path, 'utf8')));
  return { include: [...long, ...shortened], exclude: [...exclude] };
}

export default defineConfig({
  test: {
    passWithNoTests: true,
    projects: suites.map((suite) => ({
      resolve,
      ssr,
      plugins: suite.plugins ?? [],
      test: {
        name: suite.name,
        ...patient,
        maxWorkers: availableParallelism() + 2, // half of the time, tests wait
        isolate: false, // a worker loads modules once, not for each of its files: half of the CPU time otherwise
        sequence: { groupOrder: 1 },
        ...filesOf(suite),
        ...suite.test,
      },
    })),
  },
});
