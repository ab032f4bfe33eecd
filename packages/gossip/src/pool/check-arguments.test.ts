import { expect, test } from 'vitest';
import { GossipTypeError } from '../errors.ts';
import { readArguments } from './check-arguments.ts';

/** What is wrong with a call, as its error says it. */
function fault(method: Parameters<typeof readArguments>[0], given: object): string {
  try {
    readArguments(method, given as never);
  } catch (error) {
    if (!(error instanceof TypeError && error instanceof GossipTypeError)) throw error;
    expect(error.code).toBe('GOSSIP_ARGUMENT');
    return error.message;
  }
  return 'none';
}

test('text in place of the options of a key call is not shown, since it may be a key', () => {
  expect(fault('keys.list', { options: 'c2VjcmV0' })).toMatch(
    /^keys\.list: options is text; allowed: an object/,
  );
  expect(fault('keys.use', { options: { timeoutMs: 'x' } })).toContain('options.timeoutMs is "x"');
});

test.each<[Parameters<typeof readArguments>[0], object, string]>([
  ['join', { seeds: 'host:1' }, 'join: seeds is "host:1"; allowed: a list of addresses such as'],
  ['join', { seeds: 'host:1' }, '(of one address: [address])'],
  ['join', { seeds: undefined }, 'join: seeds is missing'],
  ['join', { seeds: [undefined] }, 'seeds[0] is undefined; allowed: text'],
  ['join', { seeds: ['a', {}] }, 'seeds[1] is an object; allowed: text'],
  ['join', { seeds: new Set(['a']) }, 'seeds is a Set'],
  [
    'join',
    { seeds: [], options: { timeout: 5 } },
    'options.timeout is not an option; did you mean options.timeoutMs?',
  ],
  [
    'join',
    { seeds: [], options: { timeoutMs: -1 } },
    'options.timeoutMs is -1; allowed: a number of milliseconds',
  ],
  ['join', { seeds: [], options: { timeoutMs: '5s' } }, 'options.timeoutMs is "5s"'],
  ['join', { seeds: [], options: { timeoutMs: Number.NaN } }, 'options.timeoutMs is NaN'],
  ['join', { seeds: [], options: { timeoutMs: Number.POSITIVE_INFINITY } }, 'options.timeoutMs is Infinity'],
  ['join', { seeds: [], options: { signal: {} } }, 'options.signal is an object; allowed: an AbortSignal'],
  ['join', { seeds: [], options: new AbortController().signal }, 'options is an AbortSignal'],
  ['join', { seeds: [], options: null }, 'options is null'],
  [
    'join',
    { seeds: [], options: { ignoreOldEvents: 'no' } },
    'options.ignoreOldEvents is "no"; allowed: true or false',
  ],
  ['join', { seeds: [], options: { retry: true } }, 'options.retry is true'],
  [
    'join',
    { seeds: [], options: { retry: { maxAttempts: 0 } } },
    'options.retry.maxAttempts is 0; allowed: a whole number from 1, or Infinity',
  ],
  [
    'join',
    { seeds: [], options: { retry: { maxAttempt: 3 } } },
    'options.retry.maxAttempt is not an option; did you mean options.retry.maxAttempts?',
  ],
  ['join', { seeds: [], options: { retry: { minDelayMs: '1s' } } }, 'options.retry.minDelayMs is "1s"'],
  ['probePool', { seeds: [1] }, 'probePool: seeds[0] is 1'],
  ['leave', { options: { timeoutMs: 5 } }, 'leave: options.timeoutMs is not an option; allowed: signal'],
  ['forceLeave', { name: 5 }, 'forceLeave: name is 5; allowed: text'],
  ['forceLeave', { name: 'a', options: { prune: 1 } }, 'options.prune is 1'],
  ['setTags', { tags: undefined }, 'setTags: tags is missing'],
  ['setTags', { tags: new Map() }, 'tags is a Map'],
  ['setTags', { tags: { a: 1 } }, 'tags.a is 1; allowed: text'],
  ['userEvent', { name: undefined }, 'userEvent: name is missing'],
  [
    'userEvent',
    { name: 'x', payload: 'secret' },
    'payload is text; allowed: bytes: a Uint8Array or a Buffer',
  ],
  ['userEvent', { name: 'x', payload: new ArrayBuffer(1) }, 'payload is an ArrayBuffer'],
  ['userEvent', { name: 'x', options: { coalese: true } }, 'did you mean options.coalesce?'],
  ['query', { name: 'x', options: { nodes: 'a' } }, 'options.nodes is "a"'],
  ['query', { name: 'x', options: { nodes: ['a', 1] } }, 'options.nodes[1] is 1'],
  ['query', { name: 'x', options: { tags: { role: /web/ } } }, 'options.tags.role is a RegExp'],
  [
    'query',
    { name: 'x', options: { relayFactor: 6 } },
    'options.relayFactor is 6; allowed: a whole number from 0 to 5',
  ],
  ['query', { name: 'x', options: { timeoutMs: 1e12 } }, 'options.timeoutMs is 1000000000000'],
  ['respond', { payload: 'secret' }, 'respond: payload is text'],
  ['member', { name: undefined }, 'member: name is missing'],
  ['rttMs', { a: 'x', b: 5 }, 'rttMs: b is 5'],
  ['keys.list', { options: { relayfactor: 1 } }, 'did you mean options.relayFactor?'],
])('%s refuses, case %#', (method, given, sentence) => {
  const message = fault(method, given);
  expect(message).toContain(sentence);
  expect(message).not.toContain('secret');
});

test('one error names all faults of a call', () => {
  expect(
    fault('join', { seeds: [1, 2], options: { timeoutMs: -1, typo: 1 } }).split('; allowed'),
  ).toHaveLength(5);
});

test('valid arguments of any realm are copied, so that later changes by the caller have no effect', () => {
  const seeds = ['a'];
  const read = readArguments('join', { seeds, options: { signal: undefined, timeoutMs: 5 } });
  seeds.push('b');
  expect(read.seeds).toEqual(['a']);
  expect(read.options).toEqual({ signal: undefined, timeoutMs: 5, ignoreOldEvents: undefined });
  const methods = { throwIfAborted: () => undefined, addEventListener: () => undefined };
  const foreign = { aborted: false, ...methods, removeEventListener: () => undefined };
  expect(readArguments('leave', { options: { signal: foreign } }).options.signal).toBe(foreign);
});
