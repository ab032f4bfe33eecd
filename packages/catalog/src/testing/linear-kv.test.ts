import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkLinearizable, type Operation } from './linear.ts';
import { type KeyAction, type KeyShown, type KvInput, type KvOutput, kvModel } from './linear-kv.ts';

type Step = readonly [KvInput, KvOutput | undefined];

const yes: KvOutput = { kind: 'made', made: true };
const no: KvOutput = { kind: 'made', made: false };
const results = (...shown: readonly KeyShown[]): KvOutput => ({ kind: 'results', shown });
const refused: KvOutput = { kind: 'results', shown: undefined };
const entry = (value: string, index: number, session = '', lockIndex = 0): KeyShown => ({
  value,
  index,
  session,
  lockIndex,
});
const set = (key: string, value: string): KeyAction => ({ kind: 'set', key, value });
const cas = (key: string, value: string, index: number): KeyAction => ({ kind: 'cas', key, value, index });
const get = (key: string): KeyAction => ({ kind: 'get', key });
const shown = (found: KeyShown | null): KvOutput => ({ kind: 'shown', entry: found });
const lock = (value: string, session: string): KeyAction => ({ kind: 'lock', key: 'a', value, session });
const unlock = (value: string, session: string): KeyAction => ({ kind: 'unlock', key: 'a', value, session });
const end = (session: string, behavior: 'release' | 'delete'): KvInput => ({
  kind: 'end-session',
  session,
  behavior,
});

/** The verdict over steps one after the other. An unknown outcome stays possible forever. */
function kindOf(...steps: readonly Step[]): string {
  return checkLinearizable(
    kvModel,
    steps.map(([input, output], at) => ({
      input,
      output,
      calledAt: at * 2,
      returnedAt: output === undefined ? Number.POSITIVE_INFINITY : at * 2 + 1,
    })),
  ).kind;
}

describe('one key', () => {
  test('an index that was shown is that of the write, and of no later one', () => {
    const first: readonly Step[] = [
      [set('a', 'x'), yes],
      [get('a'), shown(entry('x', 7))],
    ];
    expect(kindOf(...first, [get('a'), shown(entry('x', 7))])).toBe('linearizable');
    expect(kindOf(...first, [get('a'), shown(entry('x', 8))])).toBe('broken');
    expect(kindOf(...first, [set('a', 'y'), yes], [get('a'), shown(entry('y', 8))])).toBe('linearizable');
    expect(kindOf(...first, [set('a', 'y'), yes], [get('a'), shown(entry('y', 7))])).toBe('broken');
    // What a key holds already is not written again.
    expect(kindOf(...first, [set('a', 'x'), yes], [get('a'), shown(entry('x', 7))])).toBe('linearizable');
    expect(kindOf(...first, [set('a', 'x'), yes], [get('a'), shown(entry('x', 8))])).toBe('broken');
  });

  test('compare-and-set succeeds at the index only', () => {
    const first: readonly Step[] = [
      [set('a', 'x'), yes],
      [get('a'), shown(entry('x', 7))],
    ];
    expect(kindOf(...first, [cas('a', 'y', 7), yes])).toBe('linearizable');
    expect(kindOf(...first, [cas('a', 'y', 7), no])).toBe('broken');
    expect(kindOf(...first, [cas('a', 'y', 6), no])).toBe('linearizable');
    expect(kindOf(...first, [cas('a', 'y', 6), yes])).toBe('broken');
    expect(kindOf(...first, [cas('a', 'y', 0), no])).toBe('linearizable');
    expect(kindOf(...first, [cas('a', 'y', 7), yes], [cas('a', 'z', 7), yes])).toBe('broken');
    expect(kindOf([cas('a', 'y', 0), yes], [cas('a', 'z', 0), yes])).toBe('broken');
  });

  test('delete removes it, and delete-cas of what is not there succeeds', () => {
    const remove: KeyAction = { kind: 'delete', key: 'a' };
    const removeAt = (index: number): KeyAction => ({ kind: 'delete-cas', key: 'a', index });
    expect(kindOf([set('a', 'x'), yes], [remove, yes], [get('a'), shown(null)])).toBe('linearizable');
    expect(kindOf([set('a', 'x'), yes], [remove, yes], [get('a'), shown(entry('x', 7))])).toBe('broken');
    expect(kindOf([removeAt(3), yes])).toBe('linearizable');
    expect(kindOf([removeAt(3), no])).toBe('broken');
    expect(kindOf([set('a', 'x'), yes], [get('a'), shown(entry('x', 7))], [removeAt(3), yes])).toBe('broken');
  });

  test('an unknown write may show later, and once', () => {
    const lost: Step = [set('a', 'y'), undefined];
    const x: Step = [set('a', 'x'), yes];
    expect(kindOf(lost, x, [get('a'), shown(entry('y', 9))])).toBe('linearizable');
    expect(kindOf(lost, x, [get('a'), shown(entry('y', 9))], x, [get('a'), shown(entry('y', 11))])).toBe(
      'broken',
    );
  });
});

describe('locks', () => {
  test('one session holds a key until it lets go', () => {
    const taken: Step = [lock('s', 's'), yes];
    expect(kindOf(taken, [lock('t', 't'), no], [get('a'), shown(entry('s', 4, 's', 1))])).toBe(
      'linearizable',
    );
    expect(kindOf(taken, [lock('t', 't'), yes])).toBe('broken');
    expect(kindOf(taken, [unlock('u', 't'), no], [unlock('u', 's'), yes], [lock('t', 't'), yes])).toBe(
      'linearizable',
    );
    expect(kindOf(taken, [unlock('u', 't'), yes])).toBe('broken');
    expect(kindOf(taken, [lock('again', 's'), yes], [get('a'), shown(entry('again', 4, 's', 1))])).toBe(
      'linearizable',
    );
    expect(kindOf(taken, [get('a'), shown(entry('s', 4, 's', 2))])).toBe('broken');
    expect(kindOf(taken, [set('a', 'x'), yes], [get('a'), shown(entry('x', 5, 's', 1))])).toBe(
      'linearizable',
    );
  });

  test('a session that ends releases its key or takes it along, and takes no other', () => {
    const taken: Step = [lock('s', 's'), yes];
    expect(kindOf(taken, [end('s', 'release'), yes], [get('a'), shown(entry('s', 5, '', 1))])).toBe(
      'linearizable',
    );
    expect(kindOf(taken, [end('s', 'release'), yes], [get('a'), shown(null)])).toBe('broken');
    expect(kindOf(taken, [end('s', 'delete'), yes], [get('a'), shown(null)])).toBe('linearizable');
    expect(kindOf([end('s', 'release'), yes], [lock('s', 's'), yes])).toBe('broken');
    expect(kindOf([end('s', 'release'), yes], [lock('s', 's'), no])).toBe('linearizable');
  });
});

describe('transactions', () => {
  const pair = (value: string): KvInput => ({ kind: 'txn', actions: [set('a', value), set('b', value)] });
  const readPair: KvInput = { kind: 'txn', actions: [get('a'), get('b')] };

  test('show all of another or nothing', () => {
    expect(kindOf([pair('x'), results()], [readPair, results(entry('x', 7), entry('x', 7))])).toBe(
      'linearizable',
    );
    const torn = results(entry('y', 8), entry('x', 7));
    expect(kindOf([pair('x'), results()], [pair('y'), results()], [readPair, torn])).toBe('broken');
    expect(kindOf([pair('x'), results()], [pair('y'), undefined], [readPair, torn])).toBe('broken');
  });

  test('change nothing when they are refused', () => {
    const casPair: KvInput = { kind: 'txn', actions: [set('a', 'z'), cas('b', 'z', 3)] };
    const x: readonly Step[] = [
      [pair('x'), results()],
      [readPair, results(entry('x', 7), entry('x', 7))],
    ];
    expect(kindOf(...x, [casPair, refused], [get('a'), shown(entry('x', 7))])).toBe('linearizable');
    expect(kindOf(...x, [casPair, refused], [get('a'), shown(entry('z', 8))])).toBe('broken');
    expect(kindOf(...x, [casPair, results()])).toBe('broken');
    expect(kindOf([readPair, refused])).toBe('linearizable');
    expect(kindOf(...x, [readPair, refused])).toBe('broken');
    expect(kindOf(...x, [pair('y'), refused])).toBe('broken');
  });

  test('one that was lost is there whole or not at all', () => {
    expect(kindOf([pair('x'), undefined], [get('a'), shown(entry('x', 7))], [get('b'), shown(null)])).toBe(
      'broken',
    );
    expect(kindOf([pair('x'), undefined], [get('a'), shown(null)], [get('b'), shown(entry('x', 7))])).toBe(
      'linearizable',
    );
  });
});

/** A store that answers one request after the other, with indexes. */
class PlainStore {
  readonly #entries = new Map<string, KeyShown>();
  #index = 10;

  answer(action: Extract<KeyAction, { readonly kind: 'get' | 'set' | 'cas' | 'delete' }>): KvOutput {
    const before = this.#entries.get(action.key);
    if (action.kind === 'get') return shown(before ?? null);
    this.#index += 1;
    if (action.kind === 'delete') this.#entries.delete(action.key);
    else {
      if (action.kind === 'cas' && (before?.index ?? 0) !== action.index) return no;
      if (before?.value !== action.value) this.#entries.set(action.key, entry(action.value, this.#index));
    }
    return yes;
  }
}

const anyKey = fc.constantFrom('a', 'b');
const anyValue = fc.constantFrom('x', 'y', 'z');
const anyAction = fc.oneof(
  fc.record({ kind: fc.constant('get' as const), key: anyKey }),
  fc.record({ kind: fc.constant('set' as const), key: anyKey, value: anyValue }),
  fc.record({ kind: fc.constant('delete' as const), key: anyKey }),
  fc.record({
    kind: fc.constant('cas' as const),
    key: anyKey,
    value: anyValue,
    index: fc.constantFrom(0, 11, 12, 13, 14),
  }),
);
/** An action, how long before its instant it is called and how long after it is answered, and whether the answer is lost. */
const anyStep = fc.tuple(
  anyAction,
  fc.integer({ max: 3, min: 0 }),
  fc.integer({ max: 3, min: 0 }),
  fc.boolean(),
);

test('what a plain store answers, in any overlap and with any answers lost, is linearizable', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 20 }), (steps) => {
      const store = new PlainStore();
      const history = steps.map(([input, early, late, isLost], at): Operation<KvInput, KvOutput> => {
        const output = store.answer(input);
        return { input, output: isLost ? undefined : output, calledAt: at - early, returnedAt: at + late };
      });
      expect(checkLinearizable(kvModel, history)).toEqual({ kind: 'linearizable' });
    }),
  );
});

test('a store that forgets its last write is found out', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anyKey, anyValue), { minLength: 2, maxLength: 10 }), (writes) => {
      const store = new PlainStore();
      const steps: Step[] = writes.map(([key, value], at) => [
        set(key, `${value}${at}`),
        store.answer({ kind: 'set', key, value: `${value}${at}` }),
      ]);
      const key = writes.at(-1)?.[0] ?? '';
      const forgetful = new PlainStore();
      for (const [at, [of, value]] of writes.slice(0, -1).entries())
        forgetful.answer({ kind: 'set', key: of, value: `${value}${at}` });
      expect(kindOf(...steps, [get(key), forgetful.answer({ kind: 'get', key })])).toBe('broken');
    }),
  );
});
