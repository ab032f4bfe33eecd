import { VirtualClock } from '@hobnob/gossip/testing';
import { expect, test } from 'vitest';
import { register } from '../../test/requests.ts';
import { checkedServices } from '../store/queries/services.ts';
import { WatchedStore } from '../watch/watched-store.ts';
import { SingleLog } from './single-log.ts';

function start(pendingMax?: number) {
  const machine = new WatchedStore({ clock: new VirtualClock() });
  const log = new SingleLog({
    machine,
    address: '127.0.0.1:8300',
    ...(pendingMax !== undefined && { pendingMax }),
  });
  return { machine, log };
}

const command = register({ node: 'n1', service: { Service: 'web' } });
const refusedByState = register({ node: 'n1', check: { CheckID: 'c', ServiceID: 'nowhere' } });

test('a proposal resolves when it is applied, with its index and the error of the state', async () => {
  const { machine, log } = start();
  const outcomes = await Promise.all([
    log.propose(command),
    log.propose(refusedByState),
    log.propose(command),
  ]);
  expect(outcomes).toEqual([
    { kind: 'applied', index: 1, error: undefined },
    {
      kind: 'applied',
      index: 2,
      error: 'failed inserting check: Missing service registration on node "n1"',
    },
    { kind: 'applied', index: 3, error: undefined },
  ]);
  expect(machine.index).toBe(3);
});

test('proposals of one turn are one batch: who waits is answered once, with the last of them', async () => {
  const { machine, log } = start();
  await log.propose(command);
  const question = { key: 'web', ask: () => checkedServices(machine.tables, { service: 'web' }) };
  const waiting = machine.watches.wait(question, { minIndex: 1, waitMs: 1000 });
  const ports = [1, 2, 3].map((Port) => register({ node: 'n1', service: { Service: 'web', Port } }));
  await Promise.all(ports.map((write) => log.propose(write)));
  expect(await waiting).toMatchObject({ index: 4, value: [{ Service: { Port: 3 } }] });
  expect(machine.watches.stats.asked).toBe(2);
});

test('a barrier resolves after what was proposed before it', async () => {
  const { machine, log } = start();
  const written = log.propose(command);
  expect(await log.barrier()).toBe(true);
  expect(machine.index).toBe(1);
  await written;
});

test('more proposals than may wait are refused, and nothing of them is applied', async () => {
  const { machine, log } = start(2);
  const outcomes = await Promise.all([1, 2, 3].map(() => log.propose(command)));
  expect(outcomes.map(({ kind }) => kind)).toEqual(['applied', 'applied', 'refused']);
  expect(outcomes[2]).toEqual({ kind: 'refused', reason: 'busy' });
  expect(machine.index).toBe(2);
});

test('a log of one leads until it is closed; what is under way then has its outcome', async () => {
  const { log } = start();
  expect(log.leadership).toEqual({ isLeader: true, leaderAddress: '127.0.0.1:8300', lastContactMs: 0 });
  expect(log.peers).toEqual(['127.0.0.1:8300']);
  expect(await log.verifyLeader()).toBe(true);
  const underWay = log.propose(command);
  await Promise.all([log.close(), log.close()]);
  expect((await underWay).kind).toBe('applied');
  expect(await log.propose(command)).toEqual({ kind: 'refused', reason: 'closed' });
  expect(await log.barrier()).toBe(false);
  expect(await log.verifyLeader()).toBe(false);
  expect(log.leadership).toEqual({ isLeader: false, leaderAddress: '', lastContactMs: 0 });
});
