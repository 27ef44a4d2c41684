import { defineConfig } from 'vitest/config';

// Tests run on sources through the `@cssi/source` export condition. Only tests
// that start a worker or a process of their own need `tsc -b` first.
export default defineConfig({
  resolve: { conditions: ['@cssi/source'] },
  ssr: { resolve: { conditions: ['@cssi/source'] } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'apps/*/test/**/*.test.ts', 'scripts/test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // Most of the time goes into waiting for workers and databases, so two run side by side even on two cores.
    maxWorkers: 2,
    coverage: { provider: 'v8', include: ['packages/*/src/**', 'apps/*/src/**'] },
  },
});
