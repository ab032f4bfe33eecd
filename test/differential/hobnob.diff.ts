import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startConsul, waitUntilEntered } from '../interop/consul-agent.ts';
import { LoopbackAddresses } from '../interop/peers.ts';
import { waitUntil } from '../interop/wait-until.ts';
import { root } from '../source-files.ts';
import { HobnobProcess } from '../support/hobnob-process.ts';
import { HttpCaller } from '../support/http-caller.ts';
import { allowedDifferences } from './allowed-differences.ts';
import { allCases } from './cases/index.ts';
import { runCase, type Subject } from './run-case.ts';

/** A server of ours answers as Consul 1.8.7 does, but for the differences that are named, each with its reason. */

const addresses = new LoopbackAddresses(1, 28);
const nodeId = '11111111-2222-3333-4444-555555555555';
const subjects: Subject[] = [];
const ends: (() => Promise<void>)[] = [];

beforeAll(async () => {
  const [theirHost, ourHost] = [addresses.next(), addresses.next()];
  const consul = await startConsul({
    name: 'n1',
    host: theirHost,
    config: { node_id: nodeId, log_level: 'ERR' },
  });
  ends.push(() => consul.dispose());
  await waitUntilEntered(consul);
  const ours = await HobnobProcess.start(ourHost, [
    '-server',
    '-bootstrap',
    '-node=n1',
    `-node-id=${nodeId}`,
  ]);
  ends.push(() => ours[Symbol.asyncDispose]());
  // Agents enter their coordinate within half a minute, which would change answers in the middle of a case.
  for (const host of [theirHost, ourHost]) {
    await waitUntil(
      `the coordinate of ${host} is entered`,
      async () => (await (await fetch(`http://${host}:8500/v1/coordinate/nodes`)).text()).includes('n1'),
      { timeoutMs: 50_000 },
    );
  }
  for (const host of [theirHost, ourHost]) subjects.push({ host, caller: new HttpCaller(host, 8500) });
});

afterAll(async () => {
  for (const { caller } of subjects) caller.close();
  await Promise.all(ends.map((end) => end()));
});

describe('Hobnob answers as Consul does', () => {
  test.each(allCases.map((one) => [one.name, one] as const))('%s', { retry: 0 }, async (_name, one) => {
    const [theirs, ours] = subjects;
    if (theirs === undefined || ours === undefined) throw new Error('the agents are not there');
    const findings = await runCase(one, theirs, ours, allowedDifferences);
    expect(findings.filter(({ reason }) => reason === undefined)).toEqual([]);
  });
});

test('the documentation lists every difference that is allowed', () => {
  const page = readFileSync(join(root, 'docs', 'consul-differences.md'), 'utf8').replace(/\s+/g, ' ');
  expect(allowedDifferences.filter(({ reason }) => !page.includes(reason))).toEqual([]);
});
