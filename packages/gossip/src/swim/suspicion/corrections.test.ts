import { describe, expect, test } from 'vitest';
import {
  addressOf,
  alive,
  dead,
  deaths,
  SwimFixture,
  selfName,
  sentIn,
  suspect,
} from '../../../test/support/swim-fixture.ts';

const renamed = new TextEncoder().encode('another meta');

describe('an outdated announcement', () => {
  test('of a dead member leads to a dead message to that member alone', () => {
    const pool = new SwimFixture();
    pool.receive(alive('a', { incarnation: 5 }), ...deaths('a', 7));
    pool.nowMs = 1000;
    expect(sentIn(pool.receive(alive('a', { incarnation: 3 })))).toEqual([
      { to: addressOf('a'), crc: true, messages: [dead('a', 7, selfName)] },
    ]);
    expect(pool.state('a')).toBe('dead');
  });

  test('of a live member with another meta leads to a suspect message with its last incarnation', () => {
    const pool = new SwimFixture();
    pool.receive(alive('a', { incarnation: 9 }));
    pool.nowMs = 1000;
    expect(sentIn(pool.receive(alive('a', { incarnation: 1, meta: renamed })))).toEqual([
      { to: addressOf('a'), crc: true, messages: [suspect('a', 9, selfName)] },
    ]);
  });

  test('of an unchanged live member, or of one that left, is merely late', () => {
    const pool = new SwimFixture();
    pool.receive(alive('a', { incarnation: 9 }), alive('b', { incarnation: 9 }), dead('b', 9, 'b'));
    pool.nowMs = 1000;
    expect(sentIn(pool.receive(alive('a', { incarnation: 1 }), alive('b', { incarnation: 1 })))).toEqual([]);
  });

  test('is corrected once in five seconds, however often it comes', () => {
    const pool = new SwimFixture();
    pool.receive(alive('a', { incarnation: 5 }), ...deaths('a', 7));
    const answersAt = (nowMs: number): number => {
      pool.nowMs = nowMs;
      return sentIn(pool.receive(alive('a', { incarnation: 3 }))).length;
    };
    expect([1000, 1001, 5999, 6000, 6001].map(answersAt)).toEqual([1, 0, 0, 1, 0]);
  });
});
