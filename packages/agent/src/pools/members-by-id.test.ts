import type { GossipEventOf, GossipEventType, Member } from '@hobnob/gossip';
import { expect, test } from 'vitest';
import { member } from '../../test/fake-gossip.ts';
import { lanAdmission } from './admission.ts';
import { type MemberSource, MembersById } from './members-by-id.ts';

type MemberEventType = 'member-join' | 'member-update' | 'member-reap';

/** The members of a pool, and how often all of them were listed. */
class FakePool implements MemberSource {
  listedCount = 0;
  readonly #members = new Map<string, Member>();
  readonly #listeners = new Map<GossipEventType, (event: never) => void>();

  members(): readonly Member[] {
    this.listedCount += 1;
    return [...this.#members.values()];
  }

  member(name: string): Member | undefined {
    return this.#members.get(name);
  }

  on<T extends GossipEventType>(type: T, listener: (event: GossipEventOf<T>) => void): () => void {
    this.#listeners.set(type, listener);
    return () => this.#listeners.delete(type);
  }

  emit(type: MemberEventType, one: Member): void {
    if (type === 'member-reap') this.#members.delete(one.name);
    else this.#members.set(one.name, one);
    this.#listeners.get(type)?.({ type, members: [one] } as never);
  }
}

const tagged = (name: string, id: string): Member => member(name, { tags: { id, build: '1.8.7:' } });
const namesOf = (members: Iterable<Member>): readonly string[] => [...members].map(({ name }) => name);

test('members are found by their id from their join to their end', () => {
  const pool = new FakePool();
  pool.emit('member-join', tagged('early', 'AA'));
  const known = new MembersById(pool);
  pool.emit('member-join', tagged('late', 'bb'));
  pool.emit('member-join', tagged('twin', 'bb'));
  expect(namesOf(known.withId('aa'))).toEqual(['early']);
  expect(namesOf(known.withId('BB'))).toEqual(['late', 'twin']);

  pool.emit('member-update', tagged('late', 'cc'));
  expect(namesOf(known.withId('bb'))).toEqual(['twin']);
  expect(namesOf(known.withId('cc'))).toEqual(['late']);

  pool.emit('member-reap', tagged('twin', 'bb'));
  expect(namesOf(known.withId('bb'))).toEqual([]);
  expect([known.has('late'), known.has('twin')]).toEqual([true, false]);
});

test('judging an announcement lists no members: the cost does not grow with the pool', () => {
  const pool = new FakePool();
  const known = new MembersById(pool);
  pool.emit('member-join', tagged('c1', 'x'));
  const self = { nodeName: 'me', nodeId: 'aa', datacenter: 'dc1', server: false, address: '10.0.0.9' };
  const judge = lanAdmission(self, known);
  const before = pool.listedCount;
  expect(judge([{ ...tagged('clone', 'X'), status: 'alive' }])).toContain("conflicting node ID 'x'");
  expect(judge([{ ...tagged('c1', 'x'), status: 'alive' }])).toBeUndefined();
  expect(judge([{ ...tagged('new', 'y'), status: 'alive' }])).toBeUndefined();
  expect(pool.listedCount).toBe(before);
});
