import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressOf, serfVersions } from '../../../test/support/swim-fixture.ts';
import { seededRng } from '../../testing/seeded-rng.ts';
import { bytesOf, compactBytes, MemberTable, type SwimMember, sameBytes, viewOf } from './member-table.ts';

function member(name: string): SwimMember {
  return {
    name,
    addr: compactBytes(new Uint8Array(4)),
    address: addressOf(name),
    meta: compactBytes(new Uint8Array(0)),
    versions: serfVersions,
    state: 'alive',
    incarnation: 1,
    stateChangedAtMs: 0,
    suspicion: undefined,
    isDenied: false,
    correctedAtMs: undefined,
  };
}

function tableOf(count: number, seed = 1): MemberTable {
  const table = new MemberTable(seededRng(seed));
  for (let i = 0; i < count; i += 1) table.add(member(`m${i}`));
  return table;
}

const all = () => true;
const none = () => false;

describe('the member table and its probe order, SWIM §4.3', () => {
  test('gives every member once a round, in another order the next time', () => {
    const table = tableOf(20);
    const rounds = Array.from({ length: 2 }, () =>
      Array.from({ length: 20 }, () => table.nextToProbe(all, none)?.name),
    );
    expect([...(rounds[0] ?? [])].sort()).toEqual([...(rounds[1] ?? [])].sort());
    expect(new Set(rounds[0]).size).toBe(20);
    expect(rounds[0]).not.toEqual(rounds[1]);
  });

  test('ends and gives no member when none is eligible', () => {
    expect(tableOf(5).nextToProbe(none, none)).toBeUndefined();
    expect(tableOf(0).nextToProbe(all, all)).toBeUndefined();
  });

  test('forgets at the end of a round, and not before', () => {
    const table = tableOf(3);
    const forget = ({ name }: SwimMember): boolean => name === 'm1';
    for (let i = 0; i < 3; i += 1) table.nextToProbe(all, forget);
    expect(table.get('m1')).toBeDefined();
    expect(table.nextToProbe(all, forget)?.name).not.toBe('m1');
    expect(table.get('m1')).toBeUndefined();
    expect(table.size).toBe(2);
  });

  test('a new member in the middle of a round delays none beyond the next one', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 10 }), (seed, probed) => {
        const table = tableOf(10, seed);
        for (let i = 0; i < probed; i += 1) table.nextToProbe(all, none);
        table.add(member('late'));
        const seen = new Set(Array.from({ length: 22 }, () => table.nextToProbe(all, none)?.name));
        expect(seen.size).toBe(11);
      }),
    );
  });

  test('a view does not change with its row', () => {
    const row = member('a');
    const view = viewOf(row);
    row.state = 'dead';
    row.incarnation = 9;
    expect(view).toMatchObject({ state: 'alive', incarnation: 1 });
  });
});

describe('compact bytes', () => {
  test('give the same bytes back, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600, size: 'max' }), (bytes) => {
        expect([...bytesOf(compactBytes(bytes))]).toEqual([...bytes]);
        expect(sameBytes(bytes, compactBytes(bytes))).toBe(true);
      }),
    );
  });

  test('are a copy of a part of a larger array', () => {
    const all = Uint8Array.of(1, 2, 3, 255);
    const text = compactBytes(all.subarray(1));
    all.fill(0);
    expect([...bytesOf(text)]).toEqual([2, 3, 255]);
  });

  test('are not equal to other, fewer or more bytes', () => {
    const text = compactBytes(Uint8Array.of(7, 8, 200));
    for (const other of [[7, 8, 201], [7, 8], [7, 8, 200, 0], []]) {
      expect(sameBytes(Uint8Array.from(other), text)).toBe(false);
    }
  });
});
