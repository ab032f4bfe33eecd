import { defineConfig } from 'vitest/config';

/** The workspace resolves from source in tests, so that no build can be stale. */
const conditions = ['@hobnob/source', 'module', 'node', 'development|production'];
const shared = { resolve: { conditions }, ssr: { resolve: { conditions } } };
/** A CommonJS package is imported as Node imports it, so that tested and built code agree. */
const deps = { interopDefault: false };
/**
 * Suites that start processes and wait for real clocks: bounded, and never forever. Gossip between real peers is
 * left to chance, theirs too: a test may try twice, and the report says when it did.
 */
const processes = { testTimeout: 120_000, hookTimeout: 60_000, teardownTimeout: 20_000, retry: 1, deps };
/** Its own time and what it may take to settle; started by test/soak/run. */
const soak = {
  globalSetup: ['test/interop/require-peers.ts'],
  testTimeout: 2 * 3600 * 1000,
  hookTimeout: 120_000,
  deps,
};
const setupFiles = ['test/property-runs.ts'];
/** Tests of what is loaded into the process; each needs a process of its own. */
const alone = ['packages/agent/src/start/loading-order.test.ts'];
/**
 * No module has state of its own, so test files may share a process and its loaded modules: importing them anew for each
 * file takes more than twice the time of the tests.
 */
const isolate = false;

export default defineConfig({
  ...shared,
  test: {
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          include: ['packages/*/{src,test}/**/*.test.ts'],
          exclude: alone,
          isolate,
          // Nothing here waits for real time, but properties compute, and the machine may be busy.
          testTimeout: 30_000,
          setupFiles,
          deps,
        },
      },
      { ...shared, test: { name: 'alone', include: alone, deps } },
      {
        ...shared,
        test: {
          name: 'sim',
          include: ['packages/*/test/sim/*.sim.ts'],
          isolate,
          testTimeout: 60_000,
          setupFiles,
          deps,
        },
      },
      {
        ...shared,
        test: {
          name: 'long-sim',
          include: ['packages/*/test/long-sim/*.sim.ts'],
          testTimeout: 300_000,
          setupFiles,
          deps,
        },
      },
      { ...shared, test: { name: 'tidy', include: ['test/*.test.ts'], testTimeout: 60_000, deps } },
      {
        ...shared,
        test: {
          name: 'package',
          include: ['test/package/*.test.ts'],
          globalSetup: ['test/package/packed-project.ts'],
          ...processes,
        },
      },
      {
        ...shared,
        test: {
          name: 'interop',
          include: ['test/interop/*.interop.ts'],
          globalSetup: ['test/interop/require-peers.ts', 'test/interop/go-peer-program.ts'],
          ...processes,
        },
      },
      {
        ...shared,
        test: {
          name: 'differential',
          include: ['test/differential/*.diff.ts'],
          globalSetup: [
            'test/interop/require-peers.ts',
            'test/clients/own-network.ts',
            'test/differential/hcl-decoder-program.ts',
          ],
          ...processes,
        },
      },
      {
        ...shared,
        test: {
          name: 'clients',
          include: ['test/clients/*.client.ts'],
          globalSetup: [
            'test/interop/require-peers.ts',
            'test/clients/programs.ts',
            'test/clients/own-network.ts',
          ],
          ...processes,
        },
      },
      { ...shared, test: { name: 'soak', include: ['test/soak/*.soak.ts'], ...soak } },
      {
        ...shared,
        test: {
          name: 'patroni',
          include: ['test/patroni/*.long.ts'],
          globalSetup: ['test/interop/require-peers.ts', 'test/patroni/postgres-node.ts'],
          ...processes,
        },
      },
      { ...shared, test: { name: 'e2e', include: ['test/e2e/*.e2e.ts'], ...processes } },
    ],
  },
});
