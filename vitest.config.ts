// The suites, one project each; scripts/suites.mjs says what each needs. `npm run check` runs `unit` and `react`.
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const conditions = ['@sillage/source'];
const shared = {
  resolve: { conditions, alias: { '@': new URL('frontend/src', import.meta.url).pathname } },
  ssr: { resolve: { conditions, externalConditions: conditions } },
};

// Those parts of the tests that need programs of the system, which `npm run check` may not have.
const withPrograms = 'packages/testing/src/{child-process,postgres,redis}.test.ts';

// Browsers, databases, killed processes and full disks on a shared machine: a test may be unlucky once. By hand, never.
const retry = process.env.CI === undefined ? 0 : 1;

const patient = { testTimeout: 60_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          include: ['packages/{protocol,client,testing}/src/**/*.test.ts', 'scripts/*.test.ts', 'bench/**/*.test.ts'],
          exclude: [withPrograms],
        },
      },
      {
        ...shared,
        test: { name: 'server', retry, include: ['backend/src/**/*.test.ts', withPrograms], testTimeout: 20_000 },
      },
      {
        ...shared,
        plugins: [react()],
        test: {
          name: 'react',
          include: ['packages/client/src/**/*.test.tsx', 'frontend/src/**/*.test.{ts,tsx}'],
          environment: 'jsdom',
        },
      },
      {
        ...shared,
        test: {
          name: 'e2e',
          retry,
          include: ['e2e/**/*.test.ts'],
          exclude: ['e2e/{faults,cluster,attacks}/**'],
          ...patient,
        },
      },
      { ...shared, test: { name: 'faults', retry, include: ['e2e/faults/**/*.test.ts'], ...patient } },
      {
        ...shared,
        test: {
          name: 'faults-redis',
          retry,
          include: ['e2e/faults/*.test.ts'], // and not those of embedded/
          globalSetup: ['e2e/faults/shared-databases.ts'],
          ...patient,
        },
      },
      { ...shared, test: { name: 'cluster', retry, include: ['e2e/cluster/**/*.test.ts'], ...patient } },
      { ...shared, test: { name: 'attacks', include: ['e2e/attacks/**/*.test.ts'], ...patient } },
    ],
  },
});
