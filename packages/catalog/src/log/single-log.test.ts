import { VirtualClock } from '@hobnob/gossip/testing';
import { expect, test } from 'vitest';
import { register } from '../../test/requests.ts';
import { create, DeregisterRequest } from '../records/index.ts';
import { checkedServices } from '../store/queries/services.ts';
import { WatchedStore } from '../watch/watched-store.ts';
import type { StateMachine } from './command-log.ts';
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

/** The instances of a service, found at once. */
function webOf(machine: WatchedStore) {
  const found = checkedServices(machine.tables, { service: 'web' });
  return { ...found, value: found.value.now() };
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
    { kind: 'applied', index: 1, error: undefined, value: undefined },
    {
      kind: 'applied',
      index: 2,
      error: 'failed inserting check: Missing service registration on node "n1"',
    },
    { kind: 'applied', index: 3, error: undefined, value: undefined },
  ]);
  expect(machine.index).toBe(3);
});

test('proposals of one turn are one batch: who waits is answered once, with the last of them', async () => {
  const { machine, log } = start();
  await log.propose(command);
  const question = { key: 'web', ask: () => webOf(machine) };
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

test('a fault of the state machine is told to the proposer, and the others go on', async () => {
  const machine = new WatchedStore({ clock: new VirtualClock() });
  const fault = new TypeError('bug');
  let calls = 0;
  const faulty: StateMachine = {
    get index() {
      return machine.index;
    },
    beginTurn: () => machine.beginTurn(),
    endOfTurn: () => machine.endOfTurn(),
    flush: () => machine.flush(),
    snapshot: () => machine.snapshot(),
    restore: (snapshot) => machine.restore(snapshot),
    applyInTurns(index, applied) {
      calls += 1;
      if (calls === 1) throw fault;
      return calls === 2 ? Promise.reject(fault) : machine.applyInTurns(index, applied);
    },
  };
  const log = new SingleLog({ machine: faulty, address: '127.0.0.1:8300' });
  const outcomes = await Promise.allSettled([1, 2, 3].map(() => log.propose(command)));
  expect(outcomes).toEqual([
    { status: 'rejected', reason: fault },
    { status: 'rejected', reason: fault },
    { status: 'fulfilled', value: { kind: 'applied', index: 1, error: undefined, value: undefined } },
  ]);
  await log.close();
});

/** Every look at it takes a millisecond, and what waits wakes in a later turn. */
class BusyClock {
  #nowMs = 0;
  readonly pauses: (() => void)[] = [];

  nowMs(): number {
    this.#nowMs += 1;
    return this.#nowMs;
  }

  wakeAt(_deadlineMs: number, wake: () => void): () => void {
    this.pauses.push(wake);
    return () => undefined;
  }
}

test('a large command is applied in turns: until the last, queries find what was before it', async () => {
  const clock = new BusyClock();
  const machine = new WatchedStore({ clock });
  const log = new SingleLog({ machine, address: '127.0.0.1:8300' });
  /** Lets the log go on to its end. Returns how many turns that took. */
  const settle = async (seen: () => void): Promise<number> => {
    for (let turns = 0; ; turns += 1) {
      for (let i = 0; i < 100; i += 1) await Promise.resolve();
      const wake = clock.pauses.shift();
      if (wake === undefined) return turns;
      seen();
      wake();
    }
  };
  const services = Array.from({ length: 300 }, (_, i) => ({ ID: `web-${i}`, Service: 'web' }));
  const written = services.map((service) => log.propose(register({ node: 'n1', service })));
  await settle(() => undefined);
  await Promise.all(written);

  const removal = log.propose({ type: 1, body: create(DeregisterRequest, { Node: 'n1' }) });
  const later = log.propose(register({ node: 'n2', service: { Service: 'web' } }));
  const found = () => webOf(machine);
  const answers = new Set<number>();
  const turns = await settle(() => {
    if (machine.index === 300) answers.add(found().value.length);
  });
  expect(turns).toBeGreaterThan(20);
  expect([...answers]).toEqual([300]);
  expect(await removal).toEqual({ kind: 'applied', index: 301, error: undefined, value: undefined });
  expect(await later).toEqual({ kind: 'applied', index: 302, error: undefined, value: undefined });
  expect(found().value).toHaveLength(1);
});
