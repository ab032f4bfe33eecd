import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { peerProgramPath, peersFolder } from '../interop/peer-process.ts';
import { root } from '../source-files.ts';
import { hobnobBin } from '../support/hobnob-process.ts';
import { type BothAgents, runClient, startBoth, stepsOnBoth, withNames } from './both-agents.ts';
import { canHaveNetwork, inOwnNetwork } from './own-network.ts';
import { goClient } from './programs.ts';

/** go-kratos with its own registry, unmodified. */

const example = goClient('kratos');
const ownTests = goClient('kratosTests');
const isPossible = peersFolder !== undefined && example !== undefined;

describe.skipIf(!isPossible)('the example of go-kratos', () => {
  let both: BothAgents;
  beforeAll(async () => {
    both = await startBoth(1);
  });
  afterAll(() => both?.dispose());

  test('registers, is found, watched and deregistered twice as with a real Consul', async () => {
    const { theirs, ours } = await stepsOnBoth(both, ({ address }) => ({
      command: example ?? '',
      args: ['-consul', address],
    }));
    const patterns = {
      uuid: /(?<=helloworld-)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g,
      port: /(?<=127\.0\.0\.1:|"Port":)\d+/g,
      // The id is in it.
      hash: /(?<="ContentHash":")[0-9a-f]{16}/g,
    };
    expect(withNames(ours, patterns)).toEqual(withNames(theirs, patterns));
    expect(ours.map(({ step }) => step)).toEqual([
      'unknown service',
      'first instance',
      'second instance',
      'discovery',
      'registration',
      'heartbeat',
      'still passing',
      'second instance has left',
      'deregistered again',
      'all have left',
    ]);
  });
});

describe.skipIf(!isPossible || !canHaveNetwork)('the test suite of the registry of go-kratos', () => {
  /** Its tests by name, and how they ended. */
  async function verdicts(agent: readonly string[]): Promise<readonly string[]> {
    const { command, args } = inOwnNetwork([
      process.execPath,
      join(root, 'test/clients/alone-on-8500.mjs'),
      ...agent,
      '--',
      ownTests ?? '',
      '-test.v',
      '-test.timeout=90s',
    ]);
    const output = await runClient({ command, args });
    return Array.from(
      output.matchAll(/^\s*--- (\w+): (.*) \([\d.]+s\)$/gm),
      ([, verdict, name]) => `${verdict} ${name}`,
    );
  }

  test('passes on our agent as it does on a real one', async () => {
    const [theirs, ours] = await Promise.all([
      verdicts([peerProgramPath('consul'), 'agent', '-dev', '-node=n1']),
      verdicts([process.execPath, hobnobBin, 'agent', '-dev', '-node=n1']),
    ]);
    expect(ours).toEqual(theirs);
    expect(ours.length).toBeGreaterThanOrEqual(15);
    expect(ours.filter((line) => !line.startsWith('PASS '))).toEqual([]);
  });
});
