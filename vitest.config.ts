import { defineConfig } from 'vitest/config';

/** The workspace resolves from source in tests, so that no build can be stale. */
const conditions = ['@hobnob/source', 'module', 'node', 'development|production'];
const shared = { resolve: { conditions }, ssr: { resolve: { conditions } } };

export default defineConfig({
  ...shared,
  test: {
    projects: [
      { ...shared, test: { name: 'unit', include: ['packages/*/{src,test}/**/*.test.ts'] } },
      { ...shared, test: { name: 'sim', include: ['packages/*/test/sim/*.sim.ts'], testTimeout: 60_000 } },
      { ...shared, test: { name: 'tidy', include: ['test/*.test.ts'], testTimeout: 60_000 } },
      {
        ...shared,
        test: { name: 'interop', include: ['test/interop/*.interop.ts'], testTimeout: 120_000, hookTimeout: 60_000 },
      },
      {
        ...shared,
        test: { name: 'e2e', include: ['test/e2e/*.e2e.ts'], testTimeout: 120_000, hookTimeout: 60_000 },
      },
    ],
  },
});
