// The suites, one project each; scripts/test.ts names the programs that each needs. `npm run check` runs `unit` and `react`.
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const conditions = ['@sillage/source'];
const shared = {
  resolve: { conditions, alias: { '@': new URL('frontend/src', import.meta.url).pathname } },
  ssr: { resolve: { conditions, externalConditions: conditions } },
};

// Tests that need system programs, which `npm run check` does without.
const withPrograms = 'packages/testing/src/{child-process,postgres,redis}.test.ts';

// Suites run in this order, so that those which measure time do not run beside others. Of the first suites as many files run
// at a time as there are cores: most of them wait for a timer or a database. The suites on the built server run one file at a
// time: they measure times and long tasks, start browsers, and fill the machine by themselves.
const order = (groupOrder: number) => ({ maxWorkers: groupOrder === 1 ? '100%' : 1, sequence: { groupOrder } });

// A test of a time limit can miss it on a busy machine. Continuous integration repeats a failed test; by hand, none is.
const retry = process.env.CI === undefined ? 0 : 2;

const patient = { retry, testTimeout: 60_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          ...order(1),
          retry,
          testTimeout: 30_000,
          include: ['packages/{protocol,client,testing}/src/**/*.test.ts', 'scripts/*.test.ts', 'bench/**/*.test.ts'],
          exclude: [withPrograms],
        },
      },
      {
        ...shared,
        test: {
          name: 'server',
          ...order(1),
          retry,
          include: ['backend/src/**/*.test.ts', withPrograms],
          testTimeout: 30_000,
        },
      },
      {
        ...shared,
        plugins: [react()],
        test: {
          name: 'react',
          ...order(1),
          retry,
          testTimeout: 30_000,
          include: ['packages/client/src/**/*.test.tsx', 'frontend/src/**/*.test.{ts,tsx}'],
          environment: 'jsdom',
          setupFiles: ['frontend/src/testing/setup.ts'],
          expect: { poll: { timeout: 10_000 } },
        },
      },
      {
        ...shared,
        test: {
          name: 'e2e',
          ...order(2),
          include: ['e2e/**/*.test.ts'],
          exclude: ['e2e/{faults,cluster,attacks,examples}/**'],
          ...patient,
        },
      },
      {
        ...shared,
        test: {
          name: 'examples',
          ...order(7),
          include: ['e2e/examples/**/*.test.ts'],
          ...patient,
          hookTimeout: 180_000,
        },
      },
      { ...shared, test: { name: 'faults', ...order(3), include: ['e2e/faults/**/*.test.ts'], ...patient } },
      {
        ...shared,
        test: {
          name: 'faults-redis',
          ...order(4),
          include: ['e2e/faults/*.test.ts'], // and not those of embedded/
          globalSetup: ['e2e/faults/shared-databases.ts'],
          ...patient,
        },
      },
      { ...shared, test: { name: 'cluster', ...order(5), include: ['e2e/cluster/**/*.test.ts'], ...patient } },
      {
        ...shared,
        test: { name: 'attacks', ...order(6), include: ['e2e/attacks/**/*.test.ts'], ...patient },
      },
    ],
  },
});
