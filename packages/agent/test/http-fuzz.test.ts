import { afterEach, expect, test } from 'vitest';
import { closeAgents } from './agent-on-fakes.ts';
import { FuzzedAgent } from './fuzz/fuzzed-agent.ts';
import { FuzzRun } from './fuzz/run-fuzz.ts';

/** A sample of the hostile requests; test/e2e/http-fuzz.e2e.ts sends more of them, or all. */

afterEach(closeAgents);

/** Has no factor in common with the number of values, so that the sample has all of them. */
const every = 97;

test('hostile requests are answered with a reason, at once, and change nothing that was promised', {
  // Some hundred requests over a socket: seconds on an idle machine.
  timeout: 120_000,
}, async () => {
  using agent = await FuzzedAgent.start();
  const run = new FuzzRun(agent, every);
  await run.begin();
  await run.bodies();
  await run.targets();
  await run.end();
  const { faults, requestsCount, refusedCount } = run.report;
  expect(faults).toEqual([]);
  expect(refusedCount).toBeGreaterThan(requestsCount / 4);
});
