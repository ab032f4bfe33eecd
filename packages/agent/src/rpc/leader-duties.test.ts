import { VirtualClock } from '@hobnob/gossip/testing';
import { expect, test, vi } from 'vitest';
import { FakeGossip, member, serverTags } from '../../test/fake-gossip.ts';
import { recordingLogger } from '../../test/recording-logger.ts';
import { openCatalog } from './in-process.ts';
import { LeaderDuties } from './leader-duties.ts';

const client = (name: string) => member(name, { tags: { role: 'node', dc: 'dc1' } });

/** A server that leads, and a pool with clients of these names. */
function start(clients: readonly string[]) {
  const clock = new VirtualClock();
  const logger = recordingLogger();
  const lan = new FakeGossip({ name: 'n1', tags: serverTags() });
  for (const name of clients) lan.appear(client(name));
  const catalog = openCatalog({
    config: {
      datacenter: 'dc1',
      advertiseAddress: '127.0.0.1',
      ports: { server: 8300 },
      sessionTtlMinMs: 0,
      dev: false,
    },
    clock,
    logger,
    closing: new AbortController().signal,
    datacenters: () => [],
  });
  const config = { nodeName: 'n1', datacenter: 'dc1' };
  const duties = new LeaderDuties({ config, lan, catalog, clock, log: logger });
  const nodes = (): readonly string[] => catalog.state.tables.nodes.list('').map(({ node }) => node.Node);
  return { clock, lan, catalog, duties, nodes, lines: logger.lines };
}

test('a member that leaves while all members are entered is not entered after that', async () => {
  const { lan, catalog, duties, nodes } = start(['n2', 'n3']);
  const { log } = catalog;
  const propose = log.propose.bind(log);
  log.propose = (command) => {
    if (lan.member('n3')?.status === 'alive') lan.depart('n3');
    return propose(command);
  };
  await duties.start();
  expect(nodes()).toEqual(['n1', 'n2']);
  await duties.close();
});

test('a member that the catalog fails on does not keep the others out', async () => {
  const { catalog, duties, nodes, lines } = start(['n2', 'n3']);
  const { log } = catalog;
  const propose = log.propose.bind(log);
  let calls = 0;
  log.propose = (command) => {
    calls += 1;
    return calls === 2 ? Promise.reject(new TypeError('bug')) : propose(command);
  };
  await duties.start();
  expect(nodes()).toEqual(['n1', 'n3']);
  expect(lines.filter((line) => line.startsWith('ERROR'))).toHaveLength(1);
  await duties.close();
});

test('a node that is no member any more is removed, unless it joins meanwhile', async () => {
  const { lan, catalog, clock, duties, nodes } = start(['n2']);
  await duties.start();
  for (const name of ['old-1', 'old-2', 'old-3']) lan.appear(client(name));
  await vi.waitFor(() => expect(nodes()).toEqual(['n1', 'n2', 'old-1', 'old-2', 'old-3']));
  // The pool forgets them without a word, as when this server was away for days.
  for (const name of ['old-1', 'old-2', 'old-3']) lan.forget(name);
  const { log } = catalog;
  const propose = log.propose.bind(log);
  log.propose = (command) => {
    if (lan.member('old-2') === undefined) lan.appear(client('old-2'));
    return propose(command);
  };
  clock.advance(60_000);
  await vi.waitFor(() => expect(nodes()).toEqual(['n1', 'n2', 'old-2']));
  await duties.close();
});
