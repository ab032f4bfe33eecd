import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkLinearizable, checkPartitions, type Model, type Operation } from './linear.ts';

type Input = { readonly kind: 'read' } | { readonly kind: 'write' | 'swap'; readonly value: number };
/** What a read or a swap found; 'done' for a write. */
type Output = number | 'done';

/** A register whose swap writes a value and answers what was there. */
const register: Model<number, Input, Output> = {
  initial: 0,
  step: (state, input, output) => {
    const answer = input.kind === 'write' ? 'done' : state;
    if (output !== undefined && output !== answer) return [];
    return [input.kind === 'read' ? state : input.value];
  },
  keyOf: String,
};

function operation(
  calledAt: number,
  returnedAt: number,
  input: Input,
  output?: Output,
): Operation<Input, Output> {
  return { calledAt, returnedAt, input, output };
}
const read = (from: number, to: number, output: number) => operation(from, to, { kind: 'read' }, output);
const write = (from: number, to: number, value: number) =>
  operation(from, to, { kind: 'write', value }, 'done');
const lostWrite = (from: number, to: number, value: number) => operation(from, to, { kind: 'write', value });
const never = Number.POSITIVE_INFINITY;

function kindOf(...history: readonly Operation<Input, Output>[]): string {
  return checkLinearizable(register, history).kind;
}

describe('histories of a register', () => {
  test('one after the other, as a register answers', () => {
    expect(kindOf(write(0, 1, 7), read(2, 3, 7), write(4, 5, 8), read(6, 7, 8))).toBe('linearizable');
    expect(kindOf()).toBe('linearizable');
  });

  test('a read that is one acknowledged write behind is not linearizable', () => {
    expect(kindOf(write(0, 1, 7), write(2, 3, 8), read(4, 5, 7))).toBe('broken');
  });

  test('a read at the same time as a write may show either, but not the new and then the old', () => {
    expect(kindOf(write(0, 9, 7), read(1, 2, 0), read(3, 4, 7))).toBe('linearizable');
    expect(kindOf(write(0, 9, 7), read(1, 2, 7), read(3, 4, 0))).toBe('broken');
  });

  test('two swaps at the same time cannot both find what was there first', () => {
    const swap = (value: number, found: number) => operation(0, 9, { kind: 'swap', value }, found);
    expect(kindOf(swap(1, 0), swap(2, 1))).toBe('linearizable');
    expect(kindOf(swap(1, 0), swap(2, 0))).toBe('broken');
  });

  test('operations that touch at one instant overlap', () => {
    expect(kindOf(write(0, 1, 7), read(1, 2, 0))).toBe('linearizable');
    expect(kindOf(write(0, 1, 7), read(1.5, 2, 0))).toBe('broken');
  });

  test('the answer that nothing explains is told, with the states before and what was open', () => {
    const bad = read(4, 5, 3);
    const open = lostWrite(2, never, 8);
    const verdict = checkLinearizable(register, [write(0, 1, 7), open, bad]);
    expect(verdict).toEqual({ kind: 'broken', operation: bad, open: [open], states: [7] });
  });
});

describe('an operation whose outcome is unknown', () => {
  test('has happened, or has not', () => {
    expect(kindOf(lostWrite(0, never, 7), read(1, 2, 0))).toBe('linearizable');
    expect(kindOf(lostWrite(0, never, 7), read(1, 2, 7))).toBe('linearizable');
  });

  test('may happen at any later time', () => {
    expect(kindOf(lostWrite(0, never, 7), read(1, 2, 0), write(3, 4, 5), read(5, 6, 7))).toBe('linearizable');
  });

  test('happens once', () => {
    const history = [lostWrite(0, never, 7), read(1, 2, 7), write(3, 4, 5), read(5, 6, 7)];
    expect(kindOf(...history)).toBe('broken');
  });

  test('does not happen before it is called', () => {
    expect(kindOf(read(0, 1, 7), lostWrite(2, never, 7))).toBe('broken');
  });

  test('does not happen after its time', () => {
    expect(kindOf(lostWrite(0, 3, 7), read(1, 2, 0), read(2.5, 4, 7))).toBe('linearizable');
    expect(kindOf(lostWrite(0, 3, 7), read(1, 2, 0), read(4, 5, 7))).toBe('linearizable');
    expect(kindOf(lostWrite(0, 3, 7), read(1, 2, 0), read(4, 5, 0), read(6, 7, 7))).toBe('broken');
  });
});

test('operations of other objects are held against an object of their own', () => {
  const history = [write(0, 1, 7), read(2, 3, 7), write(4, 5, 9), read(6, 7, 7)];
  const verdicts = checkPartitions(register, history, (input) => (input === history[3]?.input ? 'b' : 'a'));
  expect([...verdicts].map(([key, { kind }]) => [key, kind])).toEqual([
    ['a', 'linearizable'],
    ['b', 'broken'],
  ]);
});

test('a limit that is reached is said, and is no verdict', () => {
  const writes = Array.from({ length: 14 }, (_, value) => lostWrite(0, never, value + 1));
  const history = [...writes, read(1, 2, 99)];
  expect(checkLinearizable(register, history, { stepsMax: 100 })).toMatchObject({
    kind: 'unknown',
    limit: 'steps',
    operation: history.at(-1),
  });
  expect(checkLinearizable(register, history, { situationsMax: 100 })).toMatchObject({
    kind: 'unknown',
    limit: 'situations',
  });
});

test('times that cannot be are refused', () => {
  expect(() => kindOf(write(2, 1, 7))).toThrow(RangeError);
  expect(() => kindOf(write(Number.NaN, 1, 7))).toThrow(RangeError);
  expect(() => kindOf(write(0, never, 7))).toThrow(RangeError);
});

test('ten thousand operations of eight clients take less than the default limits', () => {
  const history: Operation<Input, Output>[] = [];
  let state = 0;
  for (let round = 0; round < 1_250; round += 1) {
    for (let client = 0; client < 8; client += 1) {
      const at = round * 10;
      if (client % 2 === 0) history.push(read(at, at + 9, state));
      else {
        state = round * 8 + client;
        history.push(write(at, at + 9, state));
      }
    }
  }
  expect(kindOf(...history)).toBe('linearizable');
});

/** Every order of every choice of operations: right by being the definition. */
function bruteForce(
  history: readonly Operation<Input, Output>[],
  state: number,
  left: readonly Operation<Input, Output>[] = history,
): boolean {
  if (left.every(({ output }) => output === undefined)) return true;
  const firstReturn = Math.min(...left.map(({ returnedAt }) => returnedAt));
  return left.some((next) => {
    // Another that was answered before this was called comes first.
    if (next.calledAt > firstReturn) return false;
    const rest = left.filter((one) => one !== next);
    if (next.output === undefined && bruteForce(history, state, rest)) return true;
    return register.step(state, next.input, next.output).some((after) => bruteForce(history, after, rest));
  });
}

const anyOperation = fc
  .record({
    calledAt: fc.integer({ min: 0, max: 12 }),
    length: fc.integer({ min: 0, max: 8 }),
    value: fc.integer({ min: 0, max: 2 }),
    answer: fc.integer({ min: 0, max: 2 }),
    kind: fc.constantFrom('read', 'write', 'swap'),
    outcome: fc.constantFrom('known', 'known', 'lost', 'never'),
  })
  .map(({ calledAt, length, value, answer, kind, outcome }): Operation<Input, Output> => {
    const input: Input = kind === 'read' ? { kind } : { kind: kind as 'write' | 'swap', value };
    const output = outcome === 'known' ? (kind === 'write' ? 'done' : answer) : undefined;
    return { calledAt, returnedAt: outcome === 'never' ? never : calledAt + length, input, output };
  });

test('agrees with a search through all orders', () => {
  const seen = { linearizable: 0, broken: 0 };
  fc.assert(
    fc.property(fc.array(anyOperation, { minLength: 1, maxLength: 6 }), (history) => {
      const expected = bruteForce(history, register.initial) ? 'linearizable' : 'broken';
      seen[expected] += 1;
      expect(checkLinearizable(register, history).kind).toBe(expected);
    }),
  );
  expect(Math.min(seen.linearizable, seen.broken)).toBeGreaterThan(5);
});
