import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { peersFolder } from '../interop/peer-process.ts';
import { type BothAgents, type ClientRun, type Registry, startBoth, stepsOnBoth } from './both-agents.ts';
import { clientFolder } from './programs.ts';

/** The clients of Python and Node.js, unmodified. */

const port = '8500';
const inPython = (folder: string, { host }: Registry): ClientRun => ({
  command: 'python3',
  args: [`${folder}/main.py`, host, port],
  env: { PYTHONPATH: `${folder}/site` },
});
const inNode = (folder: string, { host }: Registry): ClientRun => ({
  command: process.execPath,
  args: [`${folder}/main.mjs`, host, port],
});

describe.skipIf(peersFolder === undefined)('an installed client', () => {
  let both: BothAgents;
  beforeAll(async () => {
    both = await startBoth(4);
  });
  afterAll(() => both?.dispose());

  test.for([
    { name: 'py-consul', folder: clientFolder('pyConsul'), run: inPython, stepsMin: 50 },
    { name: 'python-consul', folder: clientFolder('pythonConsul'), run: inPython, stepsMin: 50 },
    { name: 'consul of npm', folder: clientFolder('node'), run: inNode, stepsMin: 40 },
  ])('gets the answers of a real Consul: $name', async ({ folder, run, stepsMin }, { skip }) => {
    if (folder === undefined) return skip('it could not be installed');
    const { theirs, ours } = await stepsOnBoth(both, (registry) => run(folder, registry));
    expect(ours.length).toBeGreaterThanOrEqual(stepsMin);
    expect(ours).toEqual(theirs);
  });
});
