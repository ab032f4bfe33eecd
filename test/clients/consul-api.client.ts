import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { peersFolder } from '../interop/peer-process.ts';
import { type BothAgents, type Step, startBoth, stepsOnBoth, withSortedTags } from './both-agents.ts';
import { goClient } from './programs.ts';

/** HashiCorp's Go client and its watch plans, unmodified. */

const program = goClient('consulApi');

/** The parts of the program, and the least that each prints. */
const parts = {
  agent: 30,
  checks: 20,
  catalog: 35,
  health: 25,
  blocking: 12,
  others: 8,
  watch: 10,
  traefik: 16,
  coordinate: 8,
  locks: 30,
};

describe.skipIf(peersFolder === undefined || program === undefined)('the Go client', () => {
  let both: BothAgents;
  beforeAll(async () => {
    both = await startBoth(2);
  });
  afterAll(() => both?.dispose());

  test.each(Object.entries(parts))('gets the answers of a real Consul: %s', async (part, stepsMin) => {
    const { theirs, ours } = await stepsOnBoth(both, ({ address }) => ({
      command: program ?? '',
      args: ['-consul', address, part],
    }));
    expect(ours.length).toBeGreaterThanOrEqual(stepsMin);
    expect(ours.map(allowed)).toEqual(theirs.map(allowed));
  });
});

/** A step without what docs/consul-differences.md allows. */
function allowed({ step, result }: Step): Step {
  // Consul lists the tags of a service in the order of a Go map.
  if (/^(services|services by meta|plan services)$/.test(step))
    return { step, result: withSortedTags(result) };
  // A filter that cannot be read is a fault of the request, and an unknown id is not found: both 500 in Consul 1.8.7.
  if (/bad filter|unknown (service|check)$/.test(step)) return { step, result: withoutStatus(result) };
  return { step, result };
}

function withoutStatus(result: unknown): unknown {
  const error = (key: string, value: unknown): unknown =>
    key === 'status' && [400, 404, 500].includes(Number(value)) ? 'an error' : value;
  return JSON.parse(JSON.stringify(result), error);
}
