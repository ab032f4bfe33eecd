import { describe, expect, test } from 'vitest';
import { BoundedMap, BoundedSet } from './bounded-map.ts';

describe('BoundedMap', () => {
  test('beyond the maximum the oldest entry is dropped', () => {
    const map = new BoundedMap<string, number>(2);
    map.set('a', 1).set('b', 2).set('c', 3);
    expect([...map]).toEqual([
      ['b', 2],
      ['c', 3],
    ]);
  });

  test('setting a key again makes it the newest', () => {
    const map = new BoundedMap<string, number>(2);
    map.set('a', 1).set('b', 2).set('a', 3).set('c', 4);
    expect([...map]).toEqual([
      ['a', 3],
      ['c', 4],
    ]);
  });

  test('reading a key does not change its age', () => {
    const map = new BoundedMap<string, number>(2);
    map.set('a', 1).set('b', 2);
    expect(map.get('a')).toBe(1);
    map.set('c', 3);
    expect(map.has('a')).toBe(false);
  });

  test('a deleted entry makes room', () => {
    const map = new BoundedMap<string, number>(2);
    map.set('a', 1).set('b', 2);
    map.delete('a');
    map.set('c', 3);
    expect([...map.keys()]).toEqual(['b', 'c']);
  });

  test('a maximum of zero holds nothing', () => {
    expect(new BoundedMap<string, number>(0).set('a', 1).size).toBe(0);
  });
});

describe('BoundedSet', () => {
  test('beyond the maximum the oldest value is dropped', () => {
    expect([...new BoundedSet<string>(2).add('a').add('b').add('c')]).toEqual(['b', 'c']);
  });

  test('adding a value again makes it the newest', () => {
    expect([...new BoundedSet<string>(2).add('a').add('b').add('a').add('c')]).toEqual(['a', 'c']);
  });
});
