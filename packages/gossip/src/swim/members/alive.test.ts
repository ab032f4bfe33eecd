import { describe, expect, test } from 'vitest';
import {
  addressOf,
  alive,
  aliveWithoutVersions,
  dead,
  deaths,
  effectsOf,
  notesIn,
  SwimFixture,
  selfAddress,
  selfName,
  sentOf,
  serfVersions,
} from '../../../test/support/swim-fixture.ts';
import { hostToBytes } from '../../wire/address.ts';
import type { Alive } from '../../wire/swim-messages.ts';
import type { SwimEffect } from '../types.ts';

const tags = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('an alive message about another member, gossip.md 3.4.1', () => {
  test('adds an unknown member, and is gossiped on', () => {
    const pool = new SwimFixture();
    const effects = pool.receive(alive('a', { incarnation: 7 }));
    expect(effectsOf(effects, 'member-up').map(({ member }) => member)).toEqual([
      {
        name: 'a',
        address: addressOf('a'),
        meta: tags(''),
        versions: serfVersions,
        state: 'alive',
        incarnation: 7,
      },
    ]);
    expect(sentOf(pool.runTo(0), 'alive')).toContainEqual(alive('a', { incarnation: 7 }));
  });

  test('changes nothing when its incarnation is known already', () => {
    const pool = new SwimFixture();
    pool.receive(alive('a', { incarnation: 5 }));
    for (const incarnation of [4, 5]) expect(pool.receive(alive('a', { incarnation }))).toEqual([]);
    pool.receive(alive('a', { incarnation: 5, meta: tags('new') }));
    expect(pool.swim.member('a')?.meta).toEqual(Buffer.from(tags('')));
  });

  test('changes nothing either when only the form of a known address differs', () => {
    const pool = new SwimFixture();
    pool.know('a');
    const mapped = hostToBytes(`::ffff:${addressOf('a').host}`);
    expect(pool.receive(alive('a', { incarnation: 1, addr: mapped }))).toEqual([]);
  });

  test('updates a member, and reports it when tags or versions differ', () => {
    const pool = new SwimFixture();
    pool.know('a');
    const changed = pool.receive(alive('a', { incarnation: 2, meta: tags('new') }));
    const metas = effectsOf(changed, 'member-changed').map(({ member }) => member.meta);
    expect(metas).toEqual([tags('new')]);
    expect(pool.receive(alive('a', { incarnation: 3, meta: tags('new') }))).toEqual([]);
    const versions = { ...serfVersions, delegateCur: 4 };
    const upgraded = pool.receive(alive('a', { incarnation: 4, meta: tags('new'), versions }));
    expect(effectsOf(upgraded, 'member-changed').map(({ member }) => member.versions)).toEqual([versions]);
  });

  test.each(['dead', 'left'] as const)('never brings back a %s member with an equal incarnation', (state) => {
    const pool = new SwimFixture();
    pool.know('a');
    pool.receive(...(state === 'left' ? [dead('a', 1, 'a')] : deaths('a')));
    expect(effectsOf(pool.receive(alive('a', { incarnation: 1 })), 'member-up')).toEqual([]);
    expect(pool.state('a')).toBe(state);
    const back = pool.receive(alive('a', { incarnation: 2 }));
    expect(effectsOf(back, 'member-up')).toHaveLength(1);
    expect(pool.state('a')).toBe('alive');
  });

  test('is ignored without versions, and with unusable ones', () => {
    const pool = new SwimFixture();
    const senseless = [
      { ...serfVersions, protocolMin: 0 },
      { ...serfVersions, protocolMax: 0 },
      { ...serfVersions, protocolMin: 6 },
    ];
    pool.receive(aliveWithoutVersions('a'), ...senseless.map((versions) => alive('a', { versions })));
    expect(pool.swim.member('a')).toBeUndefined();
    expect(pool.swim.membersCount).toBe(1);
  });

  test('is ignored at incarnation 0, where no member begins', () => {
    const pool = new SwimFixture();
    pool.receive(alive('a', { incarnation: 0 }));
    expect(pool.swim.membersCount).toBe(1);
  });

  test('without a port means our own, and is gossiped on with it', () => {
    const pool = new SwimFixture({ config: { address: { host: '127.0.0.1', port: 8301 } } });
    pool.receive(alive('a', { port: 0 }));
    expect(pool.swim.member('a')?.address.port).toBe(8301);
    expect(sentOf(pool.runTo(0), 'alive').find(({ node }) => node === 'a')?.port).toBe(8301);
  });

  test('keeps the announced bytes of an address, whichever form they have', () => {
    const pool = new SwimFixture();
    const mapped = hostToBytes('::ffff:127.0.1.97');
    pool.receive(alive('a', { addr: mapped }));
    expect(pool.swim.member('a')?.address.host).toBe('127.0.1.97');
    expect(pool.table().get('a')?.addr).toEqual(Buffer.from(mapped));
  });

  test('is refused by the admission policy, which sees it as a candidate', () => {
    const seen: string[] = [];
    const refusalOf = (candidates: readonly { readonly name: string }[]) => {
      seen.push(...candidates.map(({ name }) => name));
      return 'not ours';
    };
    const pool = new SwimFixture({ config: { refusalOf } });
    const effects = pool.know('a');
    expect(seen).toEqual(['a']);
    expect(notesIn(effects).map(({ fields }) => fields)).toEqual([{ member: 'a', reason: 'not ours' }]);
    expect(pool.swim.membersCount).toBe(1);
  });

  test('is ignored from and about hosts that are not allowed', () => {
    const allowsHost = (host: string) => host !== addressOf('a').host && host !== '127.0.0.66';
    const pool = new SwimFixture({ config: { allowsHost } });
    pool.know('a');
    const from = { host: '127.0.0.66', port: 7946 };
    pool.step({ type: 'packet', from, messages: [alive('b')] });
    expect(pool.swim.membersCount).toBe(1);
  });
});

describe('an alive message from another address, gossip.md 3.4.1 and 8.5 to 8.7', () => {
  const moved = (incarnation = 1) => alive('a', { incarnation, host: '127.0.2.2' });

  test.each(['alive', 'suspect'] as const)('is a conflict while the member is %s', (state) => {
    const pool = new SwimFixture();
    pool.know('a');
    if (state === 'suspect') pool.receive({ type: 'suspect', incarnation: 1, node: 'a', from: 'b' });
    expect(conflictsAfter(pool, moved(9))).toEqual([
      { type: 'conflict', name: 'a', existing: addressOf('a'), claimed: { host: '127.0.2.2', port: 7946 } },
    ]);
    expect(pool.state('a')).toBe(state);
  });

  test('is a conflict when only the port differs', () => {
    const pool = new SwimFixture();
    pool.know('a');
    expect(conflictsAfter(pool, alive('a', { incarnation: 2, port: 7947 }))).toHaveLength(1);
  });

  test('is no conflict when only the form of the same IPv4 address differs', () => {
    const pool = new SwimFixture();
    pool.know('a');
    const mapped = hostToBytes(`::ffff:${addressOf('a').host}`);
    expect(pool.receive(alive('a', { incarnation: 2, addr: mapped }))).toEqual([]);
    expect(pool.incarnation('a')).toBe(2);
  });

  test('is believed at once, at any incarnation, after the member left', () => {
    const pool = new SwimFixture();
    pool.receive(alive('a', { incarnation: 8 }), dead('a', 8, 'a'));
    expect(effectsOf(pool.receive(moved(1)), 'member-up')).toHaveLength(1);
    expect(pool.swim.member('a')).toMatchObject({
      state: 'alive',
      incarnation: 1,
      address: { host: '127.0.2.2' },
    });
  });

  test('is believed after a death only when the reclaim time is over', () => {
    const pool = new SwimFixture({ timing: { deadNodeReclaimMs: 30_000 } });
    pool.know('a');
    pool.receive(...deaths('a'));
    pool.runTo(29_000);
    expect(conflictsAfter(pool, moved())).toHaveLength(1);
    pool.nowMs = 30_001;
    expect(effectsOf(pool.receive(moved()), 'member-up')).toHaveLength(1);
  });

  test('is never believed after a death without a reclaim time', () => {
    const pool = new SwimFixture({ timing: { deadNodeReclaimMs: 0, gossipToTheDeadMs: 1e6 } });
    pool.know('a');
    pool.receive(...deaths('a'));
    pool.runTo(500_000);
    expect(conflictsAfter(pool, moved(9))).toHaveLength(1);
  });
});

/** The conflicts that a message leads to when neither address answers. */
function conflictsAfter(pool: SwimFixture, claim: Alive): readonly SwimEffect[] {
  pool.receive(claim);
  return effectsOf(pool.runTo(pool.nowMs + 500), 'conflict');
}

describe('messages about ourselves, gossip.md 3.4.4 (observed values)', () => {
  const own = (given: Parameters<typeof alive>[1]) => alive(selfName, { host: selfAddress.host, ...given });

  test.each([
    ['a suspicion of incarnation 1', { type: 'suspect', incarnation: 1, from: 'x' }, 2],
    ['a suspicion of incarnation 50', { type: 'suspect', incarnation: 50, from: 'x' }, 51],
    ['a death of incarnation 60', { type: 'dead', incarnation: 60, from: 'x' }, 61],
    ['a departure of incarnation 70 in our name', { type: 'dead', incarnation: 70, from: selfName }, 71],
  ] as const)('%s is refuted', (_, claim, refutation) => {
    const pool = new SwimFixture();
    pool.emptyQueue();
    const effects = pool.receive({ ...claim, node: selfName });
    expect(effectsOf(effects, 'member-down')).toEqual([]);
    expect(pool.incarnation(selfName)).toBe(refutation);
    expect(pool.state(selfName)).toBe('alive');
    expect(pool.swim.healthScore).toBe(1);
    const answer = pool.receive({ type: 'ping', seq: 1, node: '' });
    expect(sentOf(answer, 'alive')).toEqual([own({ incarnation: refutation })]);
  });

  test.each([
    ['of our incarnation with other tags', { incarnation: 1, meta: tags('x') }, 2],
    ['of our incarnation with other versions', { versions: { ...serfVersions, delegateCur: 4 } }, 2],
    ['of incarnation 90 with our own content', { incarnation: 90 }, 91],
  ])('an alive message %s is refuted', (_, given, refutation) => {
    const pool = new SwimFixture();
    pool.receive(own(given));
    expect(pool.incarnation(selfName)).toBe(refutation);
    expect(pool.swim.healthScore).toBe(1);
  });

  test('an alive message that is current or outdated is not refuted', () => {
    const pool = new SwimFixture();
    pool.receive({ type: 'suspect', incarnation: 5, node: selfName, from: 'x' });
    pool.receive(own({ incarnation: 6 }), own({ incarnation: 3, meta: tags('old') }));
    expect(pool.incarnation(selfName)).toBe(6);
    expect(pool.swim.healthScore).toBe(1);
  });

  test('an alive message from another address is a conflict and is not refuted', () => {
    const pool = new SwimFixture();
    const claim = alive(selfName, { incarnation: 9, host: '127.0.2.2' });
    expect(conflictsAfter(pool, claim)).toHaveLength(1);
    expect(pool.incarnation(selfName)).toBe(1);
  });

  test('a suspect or dead message about an older incarnation is ignored', () => {
    const pool = new SwimFixture();
    pool.receive({ type: 'suspect', incarnation: 5, node: selfName, from: 'x' });
    pool.receive({ type: 'suspect', incarnation: 5, node: selfName, from: 'y' }, dead(selfName, 2));
    expect(pool.incarnation(selfName)).toBe(6);
  });
});

describe('incarnations near the end of their 32 bits, gossip.md 8.20', () => {
  const limit = 0xffff_0000;

  test.each([limit + 1, 0xffff_ffff])(
    'a message with incarnation %i is ignored, about us and about others',
    (value) => {
      const pool = new SwimFixture();
      pool.know('a');
      pool.receive(
        dead('a', value),
        dead(selfName, value),
        alive(selfName, { incarnation: value, host: '127.0.0.1' }),
      );
      expect(pool.state('a')).toBe('alive');
      expect(pool.incarnation(selfName)).toBe(1);
    },
  );

  test('an announcement about us that leaves no room for a refutation is ignored', () => {
    const pool = new SwimFixture();
    pool.receive(alive('a', { incarnation: 0xffff_ffff }));
    expect(pool.swim.membersCount).toBe(1);
  });

  test('a member suspected at the limit can refute, and be suspected and refute again', () => {
    const pool = new SwimFixture();
    pool.know('a');
    pool.receive(...deaths('a', limit));
    expect(pool.state('a')).toBe('dead');
    pool.receive(alive('a', { incarnation: limit + 1 }));
    expect(pool.state('a')).toBe('alive');
    pool.receive(...deaths('a', limit + 1));
    expect(pool.state('a')).toBe('dead');
    pool.receive(alive('a', { incarnation: limit + 2 }));
    expect(pool.state('a')).toBe('alive');
  });

  test('we refute a suspicion at the limit, and one of the incarnation announced then', () => {
    const pool = new SwimFixture();
    pool.receive(dead(selfName, limit));
    pool.receive(dead(selfName, limit + 1));
    expect(pool.incarnation(selfName)).toBe(limit + 2);
  });
});
