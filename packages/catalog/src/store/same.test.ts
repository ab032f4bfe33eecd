import { expect, test } from 'vitest';
import { isSame, isSameBut } from './same.ts';

test('nil is the same absent and null, and differs from what is empty', () => {
  expect(isSame({ a: null }, {})).toBe(true);
  expect(isSame({}, { a: null })).toBe(true);
  expect(isSame({ a: [] }, {})).toBe(false);
  expect(isSame({}, { a: [] })).toBe(false);
});

test('a field that only one of two has makes them differ, also inside', () => {
  expect(isSame({ a: 1 }, { a: 1, b: 2 })).toBe(false);
  expect(isSame({ a: 1, b: 2 }, { a: 1 })).toBe(false);
  expect(isSame([{ a: { b: 1 } }], [{ a: { b: 1, c: 1 } }])).toBe(false);
  expect(isSameBut({ a: 1 }, { a: 1, b: 2 }, [])).toBe(false);
  expect(isSameBut({ a: 1, b: 2 }, { a: 1 }, [])).toBe(false);
  expect(isSameBut({ a: 1, b: 2 }, { a: 1, b: 3, c: 4 }, ['b', 'c'])).toBe(true);
});

test('the keys of an object without a field are not looked for in what it inherits', () => {
  expect(isSame({ toString: undefined }, {})).toBe(true);
  expect(isSame({}, { constructor: 1 })).toBe(false);
});

test('what is nested deep is read once a level', () => {
  const depth = 400;
  let reads = 0;
  const nested = () => {
    let value: object = {};
    for (let level = 0; level < depth; level += 1) {
      const inside = value;
      value = {
        get a() {
          reads += 1;
          if (reads > 100 * depth) throw new RangeError('read too often');
          return inside;
        },
      };
    }
    return value;
  };
  expect(isSame(nested(), nested())).toBe(true);
  expect(isSameBut({ a: nested() }, { a: nested() }, [])).toBe(true);
});
