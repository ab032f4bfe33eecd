import { describe, expect, test } from 'vitest';
import { peersFolder } from './peer-process.ts';
import { LoopbackAddresses, Peers } from './peers.ts';

const addresses = new LoopbackAddresses(1);

describe.runIf(peersFolder !== undefined)('sanity', () => {
  test('two real', async ({ onTestFinished }) => {
    const peers = new Peers(addresses, onTestFinished);
    const a = await peers.serf({ version: '0.9.4', name: 'a', tags: { role: 'x' } });
    const b = await peers.serf({ version: '0.10.1', name: 'b' });
    const c = await peers.consul({ name: 'c' });
    await b.join(a.address);
    await peers.waitUntilAllAlive(a, b);
    await b.crash();
    await peers.waitForStatus(a, 'b', 'failed');
    expect(await c.members()).toHaveLength(1);
  });
});
