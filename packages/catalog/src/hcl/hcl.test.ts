import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HclError, parseHcl } from './index.ts';

/** What hcl v1.0.0 made of texts, as its decoder in test/differential/hcl-decoder printed it. */
interface HclVectors {
  readonly texts: readonly { readonly text: string; readonly value?: unknown; readonly refused?: true }[];
}

const vectors = JSON.parse(
  readFileSync(new URL('../../test/vectors/hcl.json', import.meta.url), 'utf8'),
) as HclVectors;

/** The values, or undefined when the text is refused. */
function valuesOf(text: string): unknown {
  try {
    return parseHcl(text);
  } catch (error) {
    if (error instanceof HclError) return undefined;
    throw error;
  }
}

test('every text means what it means to hcl, or is refused by both', () => {
  expect(vectors.texts.length).toBeGreaterThan(350);
  const differing = vectors.texts
    .map(({ text, value }) => ({ text, theirs: value, ours: valuesOf(text) }))
    .filter(({ theirs, ours }) => JSON.stringify(sorted(theirs)) !== JSON.stringify(sorted(ours)));
  expect(differing).toEqual([]);
});

/** With the keys of maps in one order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

describe('a fault names its line, its column and what is wrong', () => {
  test.each([
    ['a = 1\n  b', 2, 4, 'expected = or { behind the key b, got the end of the text'],
    ['a = b', 1, 5, 'expected a value, got b'],
    ['a {\n  b = 1\n', 3, 1, 'expected }, got the end of the text'],
    ['a {\n  b =\n}\n', 3, 1, 'expected a value, got }'],
    ['a = [1\n 2]', 2, 2, 'expected , or ], got 2'],
    ['a = [', 1, 6, 'the list does not end'],
    ['\n  = 1', 2, 3, 'expected a key, got ='],
    ['a "b" = 1', 1, 7, 'a key with labels needs { and no =: a b'],
    ['a = "é\u{1f600}" $', 1, 10, 'this character means nothing here'],
    ['a = "x\n', 1, 5, 'the text in quotes does not end in its line'],
    ['a = "\\d"', 1, 6, 'there is no such escape'],
    ['a = "\\400"', 1, 5, 'an escape in this text names no character'],
    ['a = <<EOF\nx\n', 1, 5, 'the heredoc does not end: its mark has to stand alone on a line'],
    ['a = << EOF\nx\nEOF\n', 1, 5, 'a heredoc begins with <<MARK or <<-MARK alone at the end of a line'],
    ['a = 1 /* b', 1, 7, 'the comment does not end'],
    ['a = 1 / b', 1, 7, 'a comment begins with #, // or /*'],
    ['a = 0x', 1, 5, 'the number 0x ends too early'],
    ['a = 1e+', 1, 5, 'the number 1e+ ends too early'],
    ['a = 019', 1, 5, '019 is no octal number, as its first digit promises'],
    ['a = 9223372036854775808', 1, 5, '"9223372036854775808" is no whole number of 64 bits'],
    ['a = 1e999', 1, 5, '"1e999" is no number of 64 bits'],
    ['a = "x"\na = true', 2, 5, 'a is given again, and not with a text as before'],
    ['a { b = 1 }\na = "x"', 2, 5, 'a is given again, and not with a block as before'],
    ['a "x" {}\na {}', 2, 1, 'a block without a label among blocks with one'],
    ['a = "\0"', 1, 6, 'this character may not stand in HCL'],
    ['{"a": 01}', 1, 7, 'the number 01 begins with 0'],
    ['{"a": nil}', 1, 7, 'nil means nothing in JSON'],
    ['{"a": "x\n"}', 1, 7, 'the text in quotes does not end in its line'],
    ['{"a" 1}', 1, 6, 'expected a key in quotes and a colon'],
    ['{"a": ]}', 1, 7, 'expected a value'],
    ['{"a": [:]}', 1, 8, 'expected an element of the list, or ]'],
  ])('%j', (text, line, column, reason) => {
    let fault: unknown;
    try {
      parseHcl(text);
    } catch (error) {
      fault = error;
    }
    expect(fault).toBeInstanceOf(HclError);
    expect(fault).toMatchObject({
      line,
      column,
      reason,
      message: `line ${line}, column ${column}: ${reason}`,
    });
  });
});

describe('a text of any shape', () => {
  const parts = fc.constantFrom(
    ...[
      'a',
      'B',
      'é',
      '"x"',
      '"$\u007ba "b"}"',
      '"\\u00e9"',
      '"\\q"',
      '"',
      '1',
      '-0x1f',
      '08',
      '1.5e3',
      '1e',
      'true',
    ],
    ...[
      '{',
      '}',
      '[',
      ']',
      ',',
      '=',
      ':',
      '\n',
      '\r\n',
      ' ',
      '#',
      '//',
      '/*',
      '*/',
      '.',
      '-',
      '\0',
      '\ufffd',
    ],
    ...['<<A\nx\nA\n', '<<-A\n  x\n  A\n', '<<', '{"a": ', 'null', '${', '\\'],
  );
  const texts = fc.oneof(
    fc.array(parts, { maxLength: 60 }).map((list) => list.join('')),
    fc.array(parts, { maxLength: 60 }).map((list) => list.join(' ')),
    fc.string({ unit: 'binary', maxLength: 200 }),
  );

  test('is read or refused, and never anything else', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const values = valuesOf(text);
        if (values !== undefined) expect(typeof values).toBe('object');
      }),
      { numRuns: 1_000 },
    );
  });

  test('that JSON can say is read back from blocks', () => {
    const single = fc.oneof(fc.boolean(), fc.integer(), fc.stringMatching(/^[ -~é]*$/));
    fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.oneof(single, fc.array(single))),
        (values) => {
          const written = Object.entries(values).map(([key, value]) => `${key} = ${literal(value)}`);
          expect(parseHcl(written.join('\n'))).toEqual(values);
          expect(parseHcl(`b {\n${written.join('\n')}\n}`)).toEqual({ b: [values] });
        },
      ),
    );
  });
});

/** HCL keeps templates as they are, so that a dollar sign is written as an escape. */
function literal(value: unknown): string {
  return JSON.stringify(value).replaceAll('$', '\\u0024');
}

describe('a text that is made to cost', () => {
  test.each([
    ['brackets', '[', 'a = '],
    ['braces', 'a {', ''],
    ['objects', 'a = {', ''],
    ['labels', 'a ', ''],
    ['objects of JSON', '{"a":', ''],
    ['keys of JSON', '"a" ', '{'],
  ])('of very many %s is refused', (_name, part, start) => {
    expect(valuesOf(start + part.repeat(100_000))).toBeUndefined();
  });

  test('nested as deep as is allowed is read, and one level more is refused', () => {
    const nested = (depth: number): string => `${'a {'.repeat(depth)}${'}'.repeat(depth)}`;
    expect(valuesOf(nested(500))).toBeDefined();
    expect(() => parseHcl(nested(501))).toThrow('nested deeper than 500 levels');
    expect(() => parseHcl(`a ${'b '.repeat(500)} {}`)).toThrow('nested deeper than 500 levels');
  });

  test.each([
    ['numbers', (n: number) => `a = [${'1, '.repeat(n)}]`],
    ['entries', (n: number) => 'a = 1\n'.repeat(n)],
    ['blocks', (n: number) => 'a { b = 1 }\n'.repeat(n)],
    ['labels', (n: number) => Array.from({ length: n }, (_, i) => `a "${i}" {}\n`).join('')],
    ['spellings of a label', spellings],
    ['lines of a heredoc', (n: number) => `a = <<E\n${' E E\n'.repeat(n)}E\n`],
    ['blanks in heredocs', (n: number) => `a = <<E\n${' '.repeat(n)}x\nE\n`],
    ['escapes', (n: number) => `a = "${'\\n'.repeat(n)}"`],
    ['templates', (n: number) => `a = "\\n${'$\u007ba}'.repeat(n)}"`],
    ['dollar signs', (n: number) => `a = "\\n${'$'.repeat(n)}"`],
    ['comments', (n: number) => `${'/**/'.repeat(n)}a = 1`],
    ['open comments', (n: number) => `${'/* '.repeat(n)}`],
    ['strings of JSON', (n: number) => `{"a": "${'x\\n'.repeat(n)}"}`],
    ['objects of JSON', (n: number) => `{${'"a": {"b": {}},'.repeat(n)}"c": 1}`],
  ])('grows with its length alone: %s', (_name, textOf) => {
    // A cost that grows with the square would take longer than a test may.
    valuesOf(textOf(20_000));
  });
});

/** `a` in many cases of letters, each with a label of its own. */
function spellings(n: number): string {
  const letters = [...'abcdefghijklmnopqr'];
  return Array.from({ length: n }, (_, i) => {
    const key = letters.map((letter, bit) => ((i >> bit) & 1 ? letter.toUpperCase() : letter)).join('');
    return `${key} "x" {}\n`;
  }).join('');
}

describe('hostile texts', () => {
  /** Far above what proportional work takes, far below what squared work takes. */
  const budgetMs = 2_000;
  const timed = (text: string): unknown => {
    const startedMs = performance.now();
    try {
      return parseHcl(text);
    } catch (error) {
      return error;
    } finally {
      expect(performance.now() - startedMs).toBeLessThan(budgetMs);
    }
  };

  test.each([
    ['line ends of old computers', `a = <<E\n${'\r'.repeat(1_000_000)}x\nE\n`],
    ['blanks', `a = <<-E\nx${' '.repeat(1_000_000)}y\n E\n`],
  ])('a heredoc of %s takes time in proportion', (_name, text) => {
    expect(timed(text)).toHaveProperty('a');
  });

  test('nested blocks in two spellings are refused before they multiply', () => {
    let text = '';
    for (let depth = 0; depth < 40; depth += 1) text = `k "x" { ${text} }\nK "x" {}\n`;
    expect(timed(text)).toMatchObject({
      reason: 'too many blocks have keys that differ in the case of letters alone',
    });
    expect(parseHcl('k "x" {}\nK "y" {}\nk "z" {}')).toEqual({
      k: [{ x: [{}] }, { y: [{}] }, { z: [{}] }],
      K: [{ x: [{}] }, { y: [{}] }, { z: [{}] }],
    });
  });

  test('a reason does not repeat a long text', () => {
    expect(String(timed(`a = ${'9'.repeat(1_000_000)}`)).length).toBeLessThan(400);
  });
});
