import { expect, test } from 'vitest';
import {
  block,
  delay,
  duplicate,
  judge,
  loss,
  onLink,
  partition,
  type Rule,
  streamsOnly,
  type Transfer,
  udpOnly,
} from './fault-rules.ts';
import { seededRng } from './seeded-rng.ts';

const a = { host: '10.0.0.1', port: 7946 };
const b = { host: '10.0.0.2', port: 7946 };
const packet: Transfer = { kind: 'packet', from: a, to: b, bytesCount: 10 };
const back: Transfer = { ...packet, from: b, to: a };
const stream: Transfer = { ...packet, kind: 'stream' };

function delaysOf(rules: readonly Rule[], transfer: Transfer = packet): readonly number[] {
  return judge(rules, transfer, seededRng(1));
}

test('without rules one copy arrives without delay', () => {
  expect(delaysOf([])).toEqual([0]);
});

test('delays add up and stay within their bounds', () => {
  const fixed = delay({ minMs: 5, maxMs: 5 });
  expect(delaysOf([fixed, fixed])).toEqual([10]);
  const rng = seededRng(2);
  const drawn = Array.from({ length: 1_000 }, () => judge([delay({ minMs: 10, maxMs: 20 })], packet, rng)[0]);
  expect(Math.min(...drawn.map(Number))).toBeGreaterThanOrEqual(10);
  expect(Math.max(...drawn.map(Number))).toBeLessThan(20);
  expect(new Set(drawn).size).toBeGreaterThan(900);
});

test('later rules decide about each copy by itself', () => {
  const [first, second] = delaysOf([duplicate(1), delay({ minMs: 0, maxMs: 100 })]);
  expect(first).toBeDefined();
  expect(second).toBeDefined();
  expect(first).not.toBe(second);
});

test('after a drop later rules are not applied', () => {
  let askedCount = 0;
  const spy: Rule = () => {
    askedCount += 1;
    return { type: 'pass' };
  };
  expect(delaysOf([loss(1), spy])).toEqual([]);
  expect(askedCount).toBe(0);
  expect(delaysOf([loss(0), spy])).toEqual([0]);
  expect(askedCount).toBe(1);
});

test('loss drops the given share', () => {
  const rng = seededRng(3);
  const lost = Array.from({ length: 10_000 }, () => judge([loss(0.2)], packet, rng).length === 0);
  const count = lost.filter(Boolean).length;
  expect(count).toBeGreaterThan(1_760); // six standard deviations
  expect(count).toBeLessThan(2_240);
});

test('copies of copies are bounded', () => {
  expect(delaysOf(Array.from({ length: 20 }, () => duplicate(1)))).toHaveLength(64);
});

test('a partition cuts both directions, a block only one, and neither affects other hosts', () => {
  const cut = partition(['10.0.0.1'], ['10.0.0.2']);
  expect([delaysOf([cut]), delaysOf([cut], back)]).toEqual([[], []]);
  const oneWay = block(['10.0.0.1'], ['10.0.0.2']);
  expect([delaysOf([oneWay]), delaysOf([oneWay], back)]).toEqual([[], [0]]);
  const other = { ...packet, to: { host: '10.0.0.3', port: 7946 } };
  expect([delaysOf([cut], other), delaysOf([oneWay], other)]).toEqual([[0], [0]]);
});

test('a partition into three cuts between any two, and one group alone is cut off from all others', () => {
  const hosts = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'];
  const lostBy = (rule: Rule): string[] =>
    hosts.flatMap((from) =>
      hosts
        .map((to) => ({ ...packet, from: { host: from, port: 1 }, to: { host: to, port: 1 } }))
        .filter((transfer) => delaysOf([rule], transfer).length === 0)
        .map(({ to }) => `${from.at(-1)}${to.host.at(-1)}`),
    );
  expect(lostBy(partition(['10.0.0.1'], ['10.0.0.2'], ['10.0.0.3'])).join(' ')).toBe('12 13 21 23 31 32');
  expect(lostBy(partition(['10.0.0.1', '10.0.0.2'])).join(' ')).toBe('13 14 23 24 31 32 41 42');
  expect(() => partition()).toThrow(RangeError);
});

test('a link restricts a rule to one direction, and a side that is left out means all', () => {
  const link = { from: ['10.0.0.1'], to: ['10.0.0.2'] };
  expect([delaysOf([onLink(link, loss(1))]), delaysOf([onLink(link, loss(1))], back)]).toEqual([[], [0]]);
  const from = onLink({ from: ['10.0.0.2'] }, loss(1));
  expect([delaysOf([from]), delaysOf([from], back)]).toEqual([[0], []]);
  const to = onLink({ to: ['10.0.0.2'] }, loss(1));
  expect([delaysOf([to]), delaysOf([to], back)]).toEqual([[], [0]]);
  expect(delaysOf([onLink({}, loss(1))])).toEqual([]);
});

test('an unknown verdict is an error, not a loss', () => {
  const untyped: unknown = () => 'drop';
  expect(() => delaysOf([untyped as Rule])).toThrow(/a rule answers .*, not "drop"/);
  for (const delayMs of [-1, Number.NaN]) {
    expect(() => delaysOf([() => ({ type: 'deliver-after', delayMs })])).toThrow(RangeError);
  }
});

test('a group may name one address of a host', () => {
  const cut = partition(['10.0.0.1:7946'], ['10.0.0.2']);
  expect(delaysOf([cut])).toEqual([]);
  expect(delaysOf([cut], { ...packet, from: { ...a, port: 7947 } })).toEqual([0]);
});

test('selectors restrict a rule to datagrams or to streams', () => {
  expect([delaysOf([udpOnly(loss(1))]), delaysOf([udpOnly(loss(1))], stream)]).toEqual([[], [0]]);
  expect([delaysOf([streamsOnly(loss(1))]), delaysOf([streamsOnly(loss(1))], stream)]).toEqual([[0], []]);
});

test('rates and delays out of range are refused', () => {
  expect(() => loss(1.1)).toThrow(RangeError);
  expect(() => duplicate(-0.1)).toThrow(RangeError);
  expect(() => loss(Number.NaN)).toThrow(RangeError);
  expect(() => delay({ minMs: 2, maxMs: 1 })).toThrow(RangeError);
  expect(() => delay({ minMs: -1, maxMs: 1 })).toThrow(RangeError);
});
