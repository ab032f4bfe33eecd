import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, expect, test } from 'vitest';
import { closeAgents } from '../../packages/agent/test/agent-on-fakes.ts';
import { FuzzedAgent } from '../../packages/agent/test/fuzz/fuzzed-agent.ts';
import { FuzzRun } from '../../packages/agent/test/fuzz/run-fuzz.ts';

/**
 * Hostile requests to an agent in this process: every field of every body with every hostile value, and paths, queries
 * and headers. `HOBNOB_FUZZ_EVERY=1` sends all of them instead of a sample.
 */

/** Has no factor in common with the number of values, so that the sample has all of them. */
const every = Number(process.env['HOBNOB_FUZZ_EVERY'] ?? 19);
/** Far less than what a request that leaves something behind adds up to. */
const growthBytesMax = 24 * 1024 * 1024;

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

function heapBytes(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

afterAll(closeAgents);

test('hostile requests are answered with a reason, at once, and leave nothing behind', {
  timeout: 3_600_000,
  retry: 0,
}, async () => {
  using agent = await FuzzedAgent.start();
  const heaps: number[] = [];
  for (const round of ['first', 'second']) {
    const run = new FuzzRun(agent, every);
    await run.begin();
    await run.bodies();
    await run.targets();
    await run.end();
    const { faults, requestsCount, refusedCount } = run.report;
    expect(faults, round).toEqual([]);
    expect(refusedCount).toBeGreaterThan(requestsCount / 4);
    heaps.push(heapBytes());
  }
  // The same requests have been sent before: what they register is there already.
  const [first = 0, second = 0] = heaps;
  expect(second - first).toBeLessThan(growthBytesMax);
});
