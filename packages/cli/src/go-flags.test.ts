import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FlagSpec } from './flag-spec.ts';
import { normalizeGoFlags } from './go-flags.ts';

const specs: readonly FlagSpec[] = [
  { name: 'server', kind: 'bool', description: '' },
  { name: 'ui', kind: 'bool', description: '' },
  { name: 'node', kind: 'string', description: '' },
  { name: 'join', kind: 'list', description: '' },
  { name: 'node-meta', kind: 'pairs', description: '' },
  { name: 'http-port', kind: 'int', description: '', parsedBy: 'strconv' },
  { name: 'dev', kind: 'bool', description: '', parsedBy: 'strconv' },
  { name: 'relay-factor', kind: 'int', description: '' },
  { name: 'join-also', kind: 'list', collectedIn: 'join', description: '' },
];

function normalized(...argv: readonly string[]): readonly string[] {
  const result = normalizeGoFlags(specs, argv);
  if (!result.ok) throw new Error(result.message);
  return result.args;
}

function refusal(...argv: readonly string[]): string {
  const result = normalizeGoFlags(specs, argv);
  return result.ok ? 'accepted' : result.message;
}

describe('normalizeGoFlags', () => {
  test('one dash or two, = or a space, all mean the same', () => {
    for (const argv of [['-node=a'], ['--node=a'], ['-node', 'a'], ['--node', 'a']]) {
      expect(normalized(...argv)).toEqual(['--node=a', '--']);
    }
  });

  test('lists that are collected in one keep the order in which they were given', () => {
    expect(normalized('-join-also=a', '-join', 'b', '-join-also', 'c')).toEqual([
      '--join=a',
      '--join=b',
      '--join=c',
      '--',
    ]);
  });

  test('a boolean is on alone, takes a value only behind =, and never the next argument', () => {
    expect(normalized('-server')).toEqual(['--server', '--']);
    expect(normalized('-server=T', '-ui=0')).toEqual(['--server', '--no-ui', '--']);
    expect(normalized('-server', 'false')).toEqual(['--server', '--', 'false']);
  });

  test('a value is the next argument whatever it looks like', () => {
    expect(normalized('-node', '-server')).toEqual(['--node=-server', '--']);
    expect(normalized('-node', '--', '-ui')).toEqual(['--node=--', '--ui', '--']);
  });

  test('a value may be empty and may contain =', () => {
    expect(normalized('-node=')).toEqual(['--node=', '--']);
    expect(normalized('-node=a=b')).toEqual(['--node=a=b', '--']);
  });

  test('the first argument that is no flag ends the flags, as does --', () => {
    expect(normalized('-ui', 'addr', '-server')).toEqual(['--ui', '--', 'addr', '-server']);
    expect(normalized('--', '-server')).toEqual(['--', '-server']);
    expect(normalized('-', '-server')).toEqual(['--', '-', '-server']);
    expect(normalized('', '-server')).toEqual(['--', '', '-server']);
  });

  test("refuses with the sentences of Go's flag package", () => {
    expect(refusal('-foo=1')).toBe('flag provided but not defined: -foo');
    expect(refusal('--no-server')).toBe('flag provided but not defined: -no-server');
    expect(refusal('---node')).toBe('bad flag syntax: ---node');
    expect(refusal('-=x')).toBe('bad flag syntax: -=x');
    expect(refusal('-node')).toBe('flag needs an argument: -node');
    expect(refusal('-server=x')).toBe('invalid boolean value "x" for -server: parse error');
    expect(refusal('-server=')).toBe('invalid boolean value "" for -server: parse error');
    expect(refusal('-dev=x')).toBe(
      'invalid boolean value "x" for -dev: strconv.ParseBool: parsing "x": invalid syntax',
    );
    expect(refusal('-relay-factor=x')).toBe('invalid value "x" for flag -relay-factor: parse error');
    expect(refusal('-relay-factor=99999999999999999999')).toBe(
      'invalid value "99999999999999999999" for flag -relay-factor: value out of range',
    );
    expect(refusal('-http-port=abc')).toBe(
      'invalid value "abc" for flag -http-port: strconv.Atoi: parsing "abc": invalid syntax',
    );
    expect(refusal('-http-port=99999999999999999999')).toBe(
      'invalid value "99999999999999999999" for flag -http-port: strconv.Atoi: parsing "99999999999999999999": value out of range',
    );
    expect(refusal('-http-port', '-1')).toBe('accepted');
  });
});

/** One flag, how it may be written in Go's syntax, and how commander must see it. */
const givenFlag = fc.oneof(
  fc
    .record({
      name: fc.constantFrom('server', 'ui'),
      dashes: fc.constantFrom('-', '--'),
      word: fc.constantFrom('', '=1', '=t', '=T', '=true', '=0', '=f', '=F', '=FALSE'),
    })
    .map(({ name, dashes, word }) => ({
      argv: [`${dashes}${name}${word}`],
      seen: /0|f/i.test(word) ? `--no-${name}` : `--${name}`,
    })),
  fc
    .record({
      name: fc.constantFrom('node', 'join', 'node-meta'),
      dashes: fc.constantFrom('-', '--'),
      value: fc.oneof(fc.string(), fc.constantFrom('-node', '--', '-', '=', '-x=y')),
      inline: fc.boolean(),
    })
    .map(({ name, dashes, value, inline }) => ({
      argv: inline ? [`${dashes}${name}=${value}`] : [`${dashes}${name}`, value],
      seen: `--${name}=${value}`,
    })),
);

describe('properties of normalizeGoFlags', () => {
  test('every way to write flags comes out the same, in order, with the rest untouched', () => {
    fc.assert(
      fc.property(fc.array(givenFlag), fc.array(fc.string()), fc.boolean(), (flags, rest, dashes) => {
        const startsLikeFlag = (rest[0] ?? '').length > 1 && (rest[0] ?? '').startsWith('-');
        const end = dashes || startsLikeFlag ? ['--'] : [];
        const argv = [...flags.flatMap((flag) => flag.argv), ...end, ...rest];
        expect(normalized(...argv)).toEqual([...flags.map((flag) => flag.seen), '--', ...rest]);
      }),
    );
  });

  test('no command line makes it throw, and what it accepts has the separator', () => {
    const token = fc.oneof(fc.string(), fc.constantFrom('-node', '-server', '--', '-http-port=1', '-ui=x'));
    fc.assert(
      fc.property(fc.array(token), (argv) => {
        const result = normalizeGoFlags(specs, argv);
        if (result.ok) expect(result.args).toContain('--');
        else expect(result.message).not.toBe('');
      }),
    );
  });
});
