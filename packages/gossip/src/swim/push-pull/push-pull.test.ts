import { describe, expect, test } from 'vitest';
import { idOf } from '../../../test/support/ids.ts';
import {
  addressOf,
  alive,
  dead,
  deaths,
  effectsOf,
  entry,
  notesIn,
  pushPull,
  SwimFixture,
  selfAddress,
  selfName,
  sentIn,
  serfVersions,
  suspect,
} from '../../../test/support/swim-fixture.ts';
import { hostToBytes } from '../../wire/address.ts';
import { pushPullIntervalMs } from './push-pull.ts';

const ownEntry = (given: Parameters<typeof entry>[2]) =>
  entry(selfName, 'alive', { addr: hostToBytes(selfAddress.host), ...given });

describe('the interval of the periodic push/pull, gossip.md 3.10', () => {
  test.each([
    [1, 30_000],
    [32, 30_000],
    [33, 60_000],
    [64, 60_000],
    [65, 90_000],
    [128, 90_000],
    [129, 120_000],
  ])('in a pool of %i it is %i ms', (members, intervalMs) => {
    expect(pushPullIntervalMs(30_000, members)).toBe(intervalMs);
  });

  test('is kept: one push/pull with a live member an interval, not as a joiner', () => {
    const pool = new SwimFixture({ timing: { probeIntervalMs: 1e9, suspicionMult: 1e6 }, seed: 4 });
    pool.know('a', 'b', 'c');
    pool.receive(...deaths('b'), suspect('c'));
    const begun = effectsOf(pool.runToAnswered(90_000), 'push-pull');
    expect(begun.map(({ to }) => to)).toEqual([addressOf('a'), addressOf('a'), addressOf('a')]);
    expect(begun.map(({ streamId }) => streamId % 2)).toEqual([0, 0, 0]);
    expect(begun[0]).toMatchObject({ timeoutMs: 10_000, state: { join: false } });
  });

  test('of 0 turns it off, and a member alone has no partner for it', () => {
    const off = new SwimFixture({ timing: { probeIntervalMs: 1e9, pushPullIntervalMs: 0 } });
    off.know('a');
    expect(effectsOf(off.runTo(200_000), 'push-pull')).toEqual([]);
    expect(effectsOf(new SwimFixture().runTo(100_000), 'push-pull')).toEqual([]);
  });
});

describe('our side of a push/pull', () => {
  test('lists members of every state, ourselves included', () => {
    const pool = new SwimFixture();
    pool.know('a', 'b', 'c', 'd');
    pool.receive(suspect('b'), ...deaths('c'), dead('d', 1, 'd'));
    const states = [...pool.table()].map(([name, { state }]) => [name, state]);
    expect(Object.fromEntries(states)).toEqual({
      [selfName]: 'alive',
      a: 'alive',
      b: 'suspect',
      c: 'dead',
      d: 'left',
    });
  });

  test('answers a joiner with our state and its join flag', () => {
    const effects = new SwimFixture().merge([entry('a', 'alive')], { join: true });
    expect(effects[0]).toMatchObject({ type: 'stream-reply', streamId: 1, message: { join: true } });
  });

  test('sends a refused joiner the reason, and nothing of our state', () => {
    const pool = new SwimFixture({ config: { refusalOf: () => 'not ours' } });
    const effects = pool.merge([entry('a', 'alive')], { join: true });
    expect(effectsOf(effects, 'stream-reply')).toEqual([
      {
        type: 'stream-reply',
        streamId: 1,
        message: { type: 'error', message: 'not ours' },
      },
    ]);
    expect(notesIn(effects).map(({ fields }) => fields)).toEqual([{ reason: 'not ours' }]);
    expect(pool.swim.membersCount).toBe(1);
  });

  test('reports how it ended to the owner that began it', () => {
    const pool = new SwimFixture();
    const reply = (nodes: Parameters<typeof pushPull>[0]) =>
      pool.step({ type: 'push-pull-reply', streamId: idOf(5), state: pushPull(nodes) }).at(-1);
    const done = { type: 'push-pull-done', streamId: 5, refusal: undefined };
    expect(reply([entry('a', 'alive')])).toEqual({
      ...done,
      answer: { listing: { type: 'missing' }, from: 'another', reach: 'unknown' },
    });
    expect(reply([ownEntry({}), entry('a', 'alive')])).toEqual({
      ...done,
      answer: { listing: { type: 'admitted' }, from: 'unclear', reach: 'unknown' },
    });
    const failure = { code: 'SEED_TIMEOUT', reason: 'silence' } as const;
    expect(pool.step({ type: 'push-pull-failed', streamId: idOf(6), failure })).toEqual([
      { type: 'push-pull-failed', streamId: 6, failure },
    ]);
  });
});

describe("merging a peer's state, gossip.md 3.10", () => {
  test('unknown members are added if they are alive, and not if they are suspect, dead or left', () => {
    const pool = new SwimFixture();
    pool.merge([entry('a', 'alive'), entry('b', 'suspect'), entry('c', 'dead'), entry('d', 'left')]);
    expect([...pool.table().keys()].sort()).toEqual(['a', selfName]);
  });

  test('a death becomes a suspicion of ours unless the member answers; a departure is final', () => {
    const pool = new SwimFixture();
    pool.know('a', 'b', 'c');
    const effects = pool.merge([entry('a', 'suspect'), entry('b', 'dead'), entry('c', 'left')]);
    expect(['a', 'b', 'c'].map((name) => pool.state(name))).toEqual(['alive', 'alive', 'left']);
    const asked = sentIn(effects).map(({ messages }) => messages.map(({ type }) => type));
    expect(asked).toEqual([
      ['suspect', 'ping'],
      ['suspect', 'ping'],
    ]);
    pool.runToAnswered(500, ['a', 'b']);
    expect(['a', 'b', 'c'].map((name) => pool.state(name))).toEqual(['suspect', 'suspect', 'left']);
    expect(effectsOf(effects, 'member-down').map(({ member }) => member.name)).toEqual(['c']);
  });

  test('twice changes nothing more', () => {
    const pool = new SwimFixture();
    pool.know('a', 'b', 'c');
    const nodes = [entry('a', 'suspect'), entry('b', 'dead'), entry('c', 'left'), entry('d', 'alive')];
    pool.merge(nodes);
    const before = pool.table();
    expect(pool.merge(nodes).map(({ type }) => type)).toEqual(['stream-reply']);
    expect(pool.table()).toEqual(before);
  });

  test('a restarted member finds its old entry and announces the next incarnation, gossip.md 3.12', () => {
    for (const state of ['alive', 'suspect', 'dead', 'left'] as const) {
      const pool = new SwimFixture();
      pool.step({
        type: 'push-pull-reply',
        streamId: idOf(1),
        state: pushPull([ownEntry({ state, incarnation: 17 })]),
      });
      expect(pool.incarnation(selfName)).toBe(18);
      expect(pool.state(selfName)).toBe('alive');
    }
  });

  test('hands the user state to the layer above, unless it is empty', () => {
    const pool = new SwimFixture();
    const userState = new Uint8Array([7]);
    const state = { ...pushPull([], true), userState };
    const effects = pool.step({ type: 'push-pull-reply', streamId: idOf(1), state });
    expect(effectsOf(effects, 'user-state')).toEqual([
      { type: 'user-state', payload: userState, join: true },
    ]);
    expect(effectsOf(pool.merge([]), 'user-state')).toEqual([]);
  });

  test('the admission policy can veto the whole list of a joiner, and single members of others', () => {
    const refusalOf = (candidates: readonly { readonly name: string }[]) =>
      candidates.some(({ name }) => name === 'bad') ? 'bad is among them' : undefined;
    const list = [entry('good', 'alive'), entry('bad', 'alive')];
    const joined = new SwimFixture({ config: { refusalOf } });
    joined.merge(list, { join: true });
    expect(joined.swim.membersCount).toBe(1);
    const synced = new SwimFixture({ config: { refusalOf } });
    synced.merge(list);
    expect([...synced.table().keys()].sort()).toEqual(['good', selfName]);
  });

  test('a refusal of the state that the peer answers is reported to the joiner', () => {
    const pool = new SwimFixture({ config: { refusalOf: () => 'another datacenter' } });
    const state = pushPull([entry('a', 'alive')], true);
    expect(
      effectsOf(pool.step({ type: 'push-pull-reply', streamId: idOf(3), state }), 'push-pull-done'),
    ).toMatchObject([{ streamId: 3, refusal: 'another datacenter' }]);
  });

  test('an entry without usable versions is left out, and the others are merged, gossip.md 8.3', () => {
    const pool = new SwimFixture();
    const { versions: _, ...bare } = entry('bare', 'alive');
    const zeros = entry('zeros', 'alive', { versions: { ...serfVersions, protocolMin: 0, protocolMax: 0 } });
    const effects = pool.merge([bare, zeros, entry('good', 'alive')]);
    expect(notesIn(effects).map(({ fields }) => fields['member'])).toEqual(['bare', 'zeros']);
    expect([...pool.table().keys()].sort()).toEqual(['good', selfName]);
  });

  test('an entry that needs a newer protocol does not shut out those that speak ours', () => {
    const pool = new SwimFixture();
    const demanding = entry('new', 'alive', {
      versions: { ...serfVersions, protocolMin: 3, protocolCur: 3 },
    });
    pool.merge([demanding, entry('good', 'alive')]);
    expect([...pool.table().keys()].sort()).toEqual(['good', selfName]);
    pool.receive(alive('new', { versions: { ...serfVersions, protocolMin: 3, protocolCur: 3 } }));
    pool.merge([entry('better', 'alive')]);
    expect(pool.state('better')).toBe('alive');
  });
});
