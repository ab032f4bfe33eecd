import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FlagSpec } from './flag-spec.ts';
import { parseGoFlags } from './go-flags.ts';

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

function parsed(...argv: readonly string[]) {
  const result = parseGoFlags(specs, argv);
  if (!result.ok) throw new Error(result.message);
  const { flags, args } = result;
  return { flags, args };
}

function refusal(...argv: readonly string[]): string {
  const result = parseGoFlags(specs, argv);
  return result.ok ? 'accepted' : result.message;
}

describe('parseGoFlags', () => {
  test('one dash or two, = or a space, all mean the same', () => {
    for (const argv of [['-node=a'], ['--node=a'], ['-node', 'a'], ['--node', 'a']]) {
      expect(parsed(...argv)).toEqual({ flags: { node: 'a' }, args: [] });
    }
  });

  test('lists that are collected in one keep the order in which they were given', () => {
    const argv = ['-join-also=a', '-join', 'b', '-join-also', 'c'];
    expect(parsed(...argv)).toEqual({ flags: { join: ['a', 'b', 'c'] }, args: [] });
  });

  test('a boolean is on alone, takes a value only behind =, and never the next argument', () => {
    expect(parsed('-server')).toEqual({ flags: { server: true }, args: [] });
    expect(parsed('-server=T', '-ui=0')).toEqual({ flags: { server: true, ui: false }, args: [] });
    expect(parsed('-server', 'false')).toEqual({ flags: { server: true }, args: ['false'] });
  });

  test('a value is the next argument, also one with a dash', () => {
    expect(parsed('-node', '-server')).toEqual({ flags: { node: '-server' }, args: [] });
    expect(parsed('-node', '--', '-ui')).toEqual({ flags: { node: '--', ui: true }, args: [] });
  });

  test('a value may be empty and may contain =', () => {
    expect(parsed('-node=')).toEqual({ flags: { node: '' }, args: [] });
    expect(parsed('-node=a=b')).toEqual({ flags: { node: 'a=b' }, args: [] });
  });

  test('a number is a number, and pairs are split at the first colon', () => {
    expect(parsed('-http-port=+80').flags).toEqual({ 'http-port': 80 });
    const pairs = ['-node-meta=a:b:c', '-node-meta', 'd', '-node-meta=__proto__:e'];
    expect(Object.entries(parsed(...pairs).flags['node-meta'] ?? {})).toEqual([
      ['a', 'b:c'],
      ['d', ''],
      ['__proto__', 'e'],
    ]);
  });

  test('the first argument that is no flag ends the flags, as does --', () => {
    expect(parsed('-ui', 'addr', '-server')).toEqual({ flags: { ui: true }, args: ['addr', '-server'] });
    expect(parsed('--', '-server')).toEqual({ flags: {}, args: ['-server'] });
    expect(parsed('-', '-server')).toEqual({ flags: {}, args: ['-', '-server'] });
    expect(parsed('', '-server')).toEqual({ flags: {}, args: ['', '-server'] });
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

interface GivenFlag {
  readonly argv: readonly string[];
  readonly name: string;
  readonly value: string | boolean;
}

/** What flags mean together. */
function valuesOf(given: readonly GivenFlag[]): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  const join = given.filter(({ name }) => name === 'join').map(({ value }) => value);
  const pairs = given
    .filter(({ name }) => name === 'node-meta')
    .map(({ value }) => /^([^:]*):?(.*)$/s.exec(String(value))?.slice(1) ?? []);
  for (const { name, value } of given) values[name] = value;
  if (join.length > 0) values['join'] = join;
  if (pairs.length > 0) values['node-meta'] = Object.fromEntries(pairs);
  return values;
}

/** One flag, how it may be written in Go's syntax, and what it means. */
const givenFlag = fc.oneof(
  fc
    .record({
      name: fc.constantFrom('server', 'ui'),
      dashes: fc.constantFrom('-', '--'),
      word: fc.constantFrom('', '=1', '=t', '=T', '=true', '=0', '=f', '=F', '=FALSE'),
    })
    .map(
      ({ name, dashes, word }): GivenFlag => ({
        argv: [`${dashes}${name}${word}`],
        name,
        value: !/0|f/i.test(word),
      }),
    ),
  fc
    .record({
      name: fc.constantFrom('node', 'join', 'node-meta'),
      dashes: fc.constantFrom('-', '--'),
      value: fc.oneof(fc.string(), fc.constantFrom('-node', '--', '-', '=', '-x=y')),
      inline: fc.boolean(),
    })
    .map(
      ({ name, dashes, value, inline }): GivenFlag => ({
        argv: inline ? [`${dashes}${name}=${value}`] : [`${dashes}${name}`, value],
        name,
        value,
      }),
    ),
);

describe('properties of parseGoFlags', () => {
  test('every way to write flags gives the same values, with the rest untouched', () => {
    fc.assert(
      fc.property(fc.array(givenFlag), fc.array(fc.string()), fc.boolean(), (flags, rest, dashes) => {
        const startsLikeFlag = (rest[0] ?? '').length > 1 && (rest[0] ?? '').startsWith('-');
        const end = dashes || startsLikeFlag ? ['--'] : [];
        const argv = [...flags.flatMap((flag) => flag.argv), ...end, ...rest];
        expect(parsed(...argv)).toEqual({ flags: valuesOf(flags), args: rest });
      }),
    );
  });

  test('no command line makes it throw, and what it accepts ends with arguments of the line', () => {
    const token = fc.oneof(fc.string(), fc.constantFrom('-node', '-server', '--', '-http-port=1', '-ui=x'));
    fc.assert(
      fc.property(fc.array(token), (argv) => {
        const result = parseGoFlags(specs, argv);
        if (result.ok) expect(argv.slice(argv.length - result.args.length)).toEqual(result.args);
        else expect(result.message).not.toBe('');
      }),
    );
  });
});
