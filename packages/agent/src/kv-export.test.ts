import { describe, expect, test } from 'vitest';
import { parseExportedEntries } from './kv-export.ts';

/** The sentences are those of Consul 1.8.7's `kv import`. */
describe('what kv export writes', () => {
  test('is read with flags of 64 bits', () => {
    const text = '[{"key":"a","flags":18446744073709551615,"value":"AP8="},{"KEY":"b","more":1}] \n';
    expect(parseExportedEntries(Buffer.from(text))).toEqual({
      ok: true,
      entries: [
        { key: 'a', flags: 18446744073709551615n, value: 'AP8=', namespace: '' },
        { key: 'b', flags: 0n, value: '', namespace: '' },
      ],
    });
    expect(parseExportedEntries(Buffer.from('null'))).toEqual({ ok: true, entries: [] });
  });

  test.each([
    ['x', "invalid character 'x' looking for beginning of value"],
    ['', 'unexpected end of JSON input'],
    ['[{"key":"a"', 'unexpected end of JSON input'],
    ['[{"key":"a"}] x', "invalid character 'x' after top-level value"],
    ['{}', 'json: cannot unmarshal object into Go value of type []*impexp.Entry'],
    ['[{"key":3}]', 'json: cannot unmarshal number into Go struct field Entry.key of type string'],
    ['[{"flags":"3"}]', 'json: cannot unmarshal string into Go struct field Entry.flags of type uint64'],
    ['[{"flags":-1}]', 'json: cannot unmarshal number -1 into Go struct field Entry.flags of type uint64'],
    ['[{"flags":1.5}]', 'json: cannot unmarshal number 1.5 into Go struct field Entry.flags of type uint64'],
    [
      '[{"flags":18446744073709551616}]',
      'json: cannot unmarshal number 18446744073709551616 into Go struct field Entry.flags of type uint64',
    ],
    ['[null]', 'json: cannot unmarshal null into Go value of type impexp.Entry'],
    ['[3]', 'json: cannot unmarshal number into Go value of type impexp.Entry'],
  ])('%s is refused: %s', (text, problem) => {
    expect(parseExportedEntries(Buffer.from(text))).toEqual({ ok: false, problem });
  });
});
