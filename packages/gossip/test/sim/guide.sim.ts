import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkConverged, latency, logNormalMs, simulate, type TestCluster } from '@hobnob/gossip/testing';
import { expect, test } from 'vitest';

/**
 * The failure that the simulator's guide prints is the one that its test gives. What the pool says and when changes with the
 * protocol: HOBNOB_UPDATE_GUIDE=1 writes the failure of today into the guide.
 */

const guide = new URL('../../docs/simulator.md', import.meta.url);
const titleOfTest = 'the pool is whole again after a partition';

type Scenario = (pool: TestCluster) => Promise<void>;

/** The scenario of the guide's test with the change that the guide proposes, made from its text. */
function failingScenario(text: string): Scenario {
  const [, body = ''] = /async \(pool\) => \{\n([\s\S]+?)\n {2}\}\);\n\}\);\n/.exec(text) ?? [];
  const [, ...after] = /only called `(.+)` and `(.+)` after `heal\(\);`\./.exec(text) ?? [];
  const [before] = body.split('heal();');
  expect([after.length, body.includes('heal();')]).toEqual([2, true]);
  const tools = { checkConverged, latency, logNormalMs, expect };
  const code = `return async (pool) => {\n${before}heal();\n${after.join('\n')}\n};`;
  const make = new Function(...Object.keys(tools), code) as (...values: readonly unknown[]) => Scenario;
  return make(...Object.values(tools));
}

test('the failure that the guide prints is the one that its example gives', async () => {
  const text = await readFile(guide, 'utf8');
  const file = pathToFileURL(join(process.cwd(), 'test', 'pool.test.ts')).href;
  const replay = { file, test: titleOfTest };
  const failure = await simulate({ nodes: 20, seeds: [1, 2, 3], replay }, failingScenario(text)).then(
    () => 'it did not fail',
    (error: unknown) => String(error),
  );
  const printed = /```text\n(SimulationError:[\s\S]+?)```/;
  const update = text.replace(printed, () => `\`\`\`text\n${failure.trimEnd()}\n\`\`\``);
  if (process.env['HOBNOB_UPDATE_GUIDE'] === '1') await writeFile(guide, update);
  expect(printed.exec(text)?.[1]?.trimEnd()).toBe(failure.trimEnd());
}, 60_000);
