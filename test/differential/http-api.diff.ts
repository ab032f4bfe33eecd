import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startConsul, waitUntilEntered } from '../interop/consul-agent.ts';
import { LoopbackAddresses } from '../interop/peers.ts';
import { HttpCaller } from '../support/http-caller.ts';
import { allCases } from './cases/index.ts';
import { runCase, type Subject } from './run-case.ts';

/**
 * What two fresh Consul agents answer to the same requests is alike. A case on which they disagree would judge an
 * agent of ours by chance.
 */

const addresses = new LoopbackAddresses(1, 27);
const nodeId = '11111111-2222-3333-4444-555555555555';
const subjects: Subject[] = [];
const ends: (() => Promise<void>)[] = [];

beforeAll(async () => {
  for (const host of [addresses.next(), addresses.next()]) {
    const config = { node_id: nodeId, log_level: 'ERR' };
    const consul = await startConsul({ name: 'n1', host, config });
    ends.push(() => consul.dispose());
    await waitUntilEntered(consul);
    subjects.push({ host, caller: new HttpCaller(host, 8500) });
  }
});

afterAll(async () => {
  for (const { caller } of subjects) caller.close();
  await Promise.all(ends.map((end) => end()));
});

describe('two real Consul agents answer alike', () => {
  test.each(allCases.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
    const [theirs, ours] = subjects;
    if (theirs === undefined || ours === undefined) throw new Error('the agents are not there');
    expect(await runCase(one, theirs, ours, [])).toEqual([]);
  });
});
