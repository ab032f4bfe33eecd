import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatJson, formatTable } from './output.ts';

test('columns are as wide as their widest cell, two spaces apart, with nothing behind the last', () => {
  const rows = [
    ['Node', 'Address', 'Segment'],
    ['real1', '127.0.0.1:8301', '<all>'],
    ['b', '[::1]:8301', '<default>'],
  ];
  expect(formatTable(rows)).toBe(
    'Node   Address         Segment\n' +
      'real1  127.0.0.1:8301  <all>\n' +
      'b      [::1]:8301      <default>\n',
  );
});

test('an empty table prints nothing', () => {
  expect(formatTable([])).toBe('');
});

test('characters outside the basic plane count as one', () => {
  expect(
    formatTable([
      ['🙂', 'x'],
      ['ab', 'y'],
    ]),
  ).toBe('🙂   x\nab  y\n');
});

test('every cell of a column starts at the same character', () => {
  const cell = fc.stringMatching(/^[a-z]{0,8}$/);
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1 }), (rows) => {
      const width = Math.max(...rows.map(([first]) => first.length));
      const lines = formatTable(rows).split('\n').slice(0, -1);
      expect(lines.map((line) => line.slice(width + 2))).toEqual(rows.map(([, second]) => second));
    }),
  );
});

test('JSON is indented and ends with a newline', () => {
  expect(formatJson([{ Name: 'a' }])).toBe('[\n    {\n        "Name": "a"\n    }\n]\n');
});
