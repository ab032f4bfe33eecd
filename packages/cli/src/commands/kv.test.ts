import * as agentPackage from '@hobnob/agent';
import type { KvEntry } from '@hobnob/agent/client';
import { describe, expect, test } from 'vitest';
import { recordingIo, run } from '../../test/recording-io.ts';
import { runProgram } from '../program.ts';

/** Lines and exit codes are those of Consul 1.8.7; test/interop/cli.interop.ts compares them with the real ones. */

function entry(Key: string, Value: string | Uint8Array, more: Partial<KvEntry> = {}): KvEntry {
  const zero = { Flags: 0n, Session: '', LockIndex: 0n, CreateIndex: 17n, ModifyIndex: 18n };
  return { Key, Value: Buffer.from(Value), ...zero, ...more };
}

function answer<T>(value: T) {
  return { value, index: 1n, lastContactMs: 0, knownLeader: true, cache: undefined };
}

const tree = [
  entry('a', 'b'),
  entry('c', Buffer.from([0, 255]), { Flags: 18446744073709551615n, Session: 's' }),
];
const reading = {
  kv: {
    get: async (key: string) => answer(tree.find(({ Key }) => Key === key)),
    list: async () => answer(tree),
    keys: async () => answer(['a', 'c/']),
  },
};

describe('kv get', () => {
  test.each([
    ['a', 'b\n'],
    ['/a', 'b\n'],
    ['-base64 a', 'Yg==\n'],
    ['-keys', 'a\nc/\n'],
    ['-recurse -base64', 'a:Yg==\nc:AP8=\n'],
    [
      '-detailed a',
      'CreateIndex      17\nFlags            0\nKey              a\nLockIndex        0\nModifyIndex      18\nSession          -\nValue            b\n',
    ],
  ])('%s prints what there is', async (words, stdout) => {
    const outcome = await run(['kv', 'get', ...words.split(' ')], { client: reading });
    expect(outcome).toEqual({ code: 0, stdout, stderr: '' });
  });

  test('prints a value byte by byte', async () => {
    const io = recordingIo({ client: reading });
    const written: Uint8Array[] = [];
    await runProgram(['kv', 'get', 'c'], { ...io, stdoutBytes: (bytes) => void written.push(bytes) });
    expect(Buffer.concat(written)).toEqual(Buffer.from([0, 255, 0x0a]));
  });

  test('shows when a key expires, of keys that do', async () => {
    const expiring = entry('a', 'b', { ExpiresAt: '2026-01-01T00:00:00.000Z' });
    const client = { kv: { get: async () => answer(expiring) } };
    const { stdout } = await run(['kv', 'get', '-detailed', 'a'], { client });
    expect(stdout).toMatch(/Session {10}-\nExpiresAt {8}2026-01-01T00:00:00.000Z\nValue {12}b\n$/);
  });

  test('parts details by an empty line', async () => {
    const { stdout } = await run(['kv', 'get', '-recurse', '-detailed', '-base64'], { client: reading });
    expect(stdout).toMatch(/Value {12}Yg==\n\nCreateIndex {6}17\nFlags {12}18446744073709551615\n/);
  });

  test.each([
    ['none', 'Error! No key exists at: none\n'],
    ['', 'Error! Missing KEY argument\n'],
    ['a b', 'Too many arguments (expected 1, got 2)\n'],
  ])('%j fails', async (words, stderr) => {
    const argv = ['kv', 'get', ...words.split(' ').filter((word) => word !== '')];
    expect(await run(argv, { client: reading })).toEqual({ code: 1, stdout: '', stderr });
  });
});

describe('kv put', () => {
  function writing(isWritten = true) {
    const asked: unknown[] = [];
    const put = async (key: string, value: Uint8Array | string, options: object) => {
      asked.push([key, Buffer.from(value).toString('latin1'), options]);
      return isWritten;
    };
    return { asked, client: { kv: { put } } };
  }

  test.each([
    [['a', 'b'], ['a', 'b', { flags: 0n }], 'Data written to: a'],
    [['a'], ['a', '', { flags: 0n }], 'Data written to: a'],
    [
      ['-flags=18446744073709551615', 'a', '-'],
      ['a', 'in\r\n', { flags: 18446744073709551615n }],
      'Data written to: a',
    ],
    [
      ['-ttl=30s', '-datacenter=d', 'a', '@f'],
      ['a', 'file', { flags: 0n, ttl: '30s', datacenter: 'd' }],
      'Data written to: a',
    ],
    [['-base64', 'a', 'AP8='], ['a', '\x00\xff', { flags: 0n }], 'Data written to: a'],
    [['-cas', '-modify-index=7', 'a', 'b'], ['a', 'b', { flags: 0n, cas: 7n }], 'Data written to: a'],
    [['-acquire', '-session=s', 'a', 'b'], ['a', 'b', { flags: 0n, acquire: 's' }], 'Lock acquired on: a'],
    [['-release', '-session=s', 'a'], ['a', '', { flags: 0n, release: 's' }], 'Lock released on: a'],
  ])('%j writes', async (words, request, line) => {
    const { asked, client } = writing();
    const world = { client, stdin: 'in\r\n', files: new Map([['f', 'file']]) };
    const outcome = await run(['kv', 'put', ...words], world);
    expect(outcome).toEqual({ code: 0, stdout: `Success! ${line}\n`, stderr: '' });
    expect(asked).toEqual([request]);
  });

  test.each([
    [['-cas', '-modify-index=7', 'a'], 'Error! Did not write to a: CAS failed'],
    [['-acquire', '-session=s', 'a'], 'Error! Did not acquire lock'],
    [['-release', '-session=s', 'a'], 'Error! Did not release lock'],
  ])('%j says when it did not apply', async (words, line) => {
    const outcome = await run(['kv', 'put', ...words], { client: writing(false).client });
    expect(outcome).toEqual({ code: 1, stdout: '', stderr: `${line}\n` });
  });

  test.each([
    [[], 'Error! Missing KEY argument'],
    [['a', 'b', 'c'], 'Error! Too many arguments (expected 1 or 2, got 3)'],
    [['a', '@none'], 'Error! Failed to read file: open none: no such file or directory'],
    [['-acquire', 'a'], 'Error! Missing -session (required with -acquire and -release)'],
    [['-cas', 'a'], 'Must specify -modify-index with -cas!'],
    [['/a', 'b'], "Error! Failed writing data: Invalid key. Key must not begin with a '/': /a"],
    [['-base64', 'a', '!!'], 'Error! Cannot base 64 decode data: illegal base64 data at input byte 0'],
  ])('%j writes nothing', async (words, line) => {
    expect(await run(['kv', 'put', ...words])).toEqual({ code: 1, stdout: '', stderr: `${line}\n` });
  });

  test.each([
    ['-flags=abc', 'invalid value "abc" for flag -flags: parse error'],
    ['-flags=-1', 'invalid value "-1" for flag -flags: parse error'],
    [
      '-flags=18446744073709551616',
      'invalid value "18446744073709551616" for flag -flags: value out of range',
    ],
  ])('%s is refused', async (flag, line) => {
    const { code, stderr } = await run(['kv', 'put', flag, 'a']);
    expect(code).toBe(1);
    expect(stderr.endsWith(`\n${line}\n`)).toBe(true);
  });
});

describe('kv delete', () => {
  test.each([
    [['a'], ['a', { recurse: false }], 'Deleted key: a'],
    [['-recurse', '/a/'], ['a/', { recurse: true }], 'Deleted keys with prefix: a/'],
    [['-cas', '-modify-index=3', 'a'], ['a', { recurse: false, cas: 3n }], 'Deleted key: a'],
  ])('%j deletes', async (words, request, line) => {
    const asked: unknown[] = [];
    const remove = async (...given: unknown[]) => {
      asked.push(given);
      return true;
    };
    const outcome = await run(['kv', 'delete', ...words], { client: { kv: { delete: remove } } });
    expect(outcome).toEqual({ code: 0, stdout: `Success! ${line}\n`, stderr: '' });
    expect(asked).toEqual([request]);
  });

  test.each([
    [[], 'Error! Missing KEY argument'],
    [['-cas', 'a'], 'Must specify -modify-index with -cas!'],
    [['-modify-index=3', 'a'], 'Cannot specify -modify-index without -cas!'],
    [['-cas', '-modify-index=3', '-recurse', 'a'], 'Cannot specify both -cas and -recurse!'],
    [['a', 'b'], 'Too many arguments (expected 1, got 2)'],
    [['-cas', '-modify-index=3', 'a'], 'Error! Did not delete key a: CAS failed'],
  ])('%j fails', async (words, line) => {
    const client = { kv: { delete: async () => false } };
    const outcome = await run(['kv', 'delete', ...words], { client });
    expect(outcome).toEqual({ code: 1, stdout: '', stderr: `${line}\n` });
  });
});

describe('kv export and kv import', () => {
  test('are inverse, with flags of 64 bits and values of any bytes', async () => {
    const { stdout } = await run(['kv', 'export'], { client: reading });
    expect(stdout).toBe(
      '[\n\t{\n\t\t"key": "a",\n\t\t"flags": 0,\n\t\t"value": "Yg=="\n\t},\n\t{\n\t\t"key": "c",\n\t\t"flags": 18446744073709551615,\n\t\t"value": "AP8="\n\t}\n]\n',
    );
    const written: unknown[] = [];
    const put = async (
      Key: string,
      value: Uint8Array | string,
      options: { readonly flags?: bigint } = {},
    ) => {
      written.push({ Key, Value: Buffer.from(value), Flags: options.flags });
      return true;
    };
    const world = { client: { kv: { put } }, agent: agentPackage, stdin: stdout };
    expect(await run(['kv', 'import', '-'], world)).toEqual({
      code: 0,
      stdout: 'Imported: a\nImported: c\n',
      stderr: '',
    });
    expect(written).toEqual(tree.map(({ Key, Value, Flags }) => ({ Key, Value, Flags })));
  });

  test('of nothing is an empty list', async () => {
    const client = { kv: { list: async () => answer([]) } };
    expect((await run(['kv', 'export', 'none'], { client })).stdout).toBe('[]\n');
  });

  test.each([
    [[], 'Error! Missing DATA argument'],
    [[''], 'Error! Empty DATA argument'],
    [['a', 'b'], 'Error! Too many arguments (expected 1, got 2)'],
    [['@none'], 'Error! Failed to read file: open none: no such file or directory'],
    [['x'], "Cannot unmarshal data: invalid character 'x' looking for beginning of value"],
    [
      ['[{"key":"a","value":"!!"}]'],
      'Error base 64 decoding value for key a: illegal base64 data at input byte 0',
    ],
    [
      ['[{"key":"/a"}]'],
      "Error! Failed writing data for key /a: Invalid key. Key must not begin with a '/': /a",
    ],
  ])('kv import %j writes nothing', async (words, line) => {
    const outcome = await run(['kv', 'import', ...words], { agent: agentPackage });
    expect(outcome).toEqual({ code: 1, stdout: '', stderr: `${line}\n` });
  });
});
