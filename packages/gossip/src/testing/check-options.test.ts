import { expect, test } from 'vitest';
import { GossipError, GossipTypeError } from '../errors.ts';
import { createTestCluster } from './create-test-cluster.ts';
import { simulate } from './simulate.ts';

test.each<[unknown, string]>([
  [undefined, 'createTestCluster: options is undefined'],
  [{ nodes: 3, sed: 1 }, 'sed is not an option; did you mean seed?'],
  [{ nodes: 3 }, 'seed is missing; allowed: a number'],
  [{ nodes: '3', seed: 1 }, 'nodes is "3"; allowed: a number of members or a list of their names'],
  [{ size: 3, seed: 1 }, 'size is not an option; did you mean nodes?'],
  [{ nodes: 3, seed: 1, start: 'join' }, 'start is "join"; allowed: "joining" or "joined"'],
  [{ nodes: 3, seed: 1, latencyMs: '1' }, 'latencyMs is "1"'],
  [{ nodes: 3, seed: 1, trace: true }, 'trace is true; allowed: a function'],
  [{ nodes: 3, seed: 1, gossip: new Map() }, 'gossip is a Map'],
  [{ nodes: 3, seed: 1, gossip: { bind: {} } }, 'gossip.bind is not an option; the simulator sets it'],
  [{ nodes: 3, seed: 1, gossip: { logger: {} } }, 'gossip.logger is an object without error'],
  [{ nodes: 1, seed: 1, gossip: () => 5 }, 'member "m1": gossip is 5'],
])('a pool of wrong options is refused, case %#', async (options, sentence) => {
  const cluster = createTestCluster(options as never);
  await expect(cluster).rejects.toThrow(GossipTypeError);
  await expect(cluster).rejects.toThrow(sentence);
});

test('the options of members are checked like those of createGossip', async () => {
  const gossip = { timing: { probeInterval: 5 } };
  const cluster = createTestCluster({ nodes: 1, seed: 1, gossip: gossip as never });
  await expect(cluster).rejects.toThrow(GossipError);
  await expect(cluster).rejects.toThrow('did you mean timing.probeIntervalMs?');
});

test('a simulation names all invalid options before it runs', async () => {
  const replay = { command: 'npm test' };
  const idle = async () => undefined;
  await expect(simulate({ nodes: 2, seed: 1, replay } as never, idle)).rejects.toThrow(
    'simulate: seed is not an option; did you mean seeds?',
  );
  await expect(simulate({ nodes: 2, seeds: 1, replay } as never, idle)).rejects.toThrow(
    '(of one seed: [seed])',
  );
  await expect(simulate({ nodes: 2 } as never, idle)).rejects.toMatchObject({ code: 'GOSSIP_ARGUMENT' });
});

test('a restart refuses unknown options', async () => {
  await using cluster = await createTestCluster({ nodes: 2, seed: 1 });
  await expect(cluster.restart('m2', { address: '10.0.0.9' } as never)).rejects.toThrow(
    'restart: address is not',
  );
  expect(cluster.running).toEqual(['m1', 'm2']);
});
