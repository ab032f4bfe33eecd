import { describe, expect, test } from 'vitest';
import { compileExpression } from './regular-expression.ts';
import { TemplateFault } from './template-fault.ts';

const address = '0123:4567:89ab:cdef:0123:4567:89ab:cdef/128';

describe('an expression', () => {
  test.each([
    ['^(10|172|192)\\.\\d+\\.\\d+\\.\\d+', '192.168.1.1/24'],
    ['^10\\.\\d+\\.\\d+\\.\\d+/\\d+$', '10.1.2.3/8'],
    ['^(\\d{1,3}\\.){3}\\d{1,3}/\\d{1,2}$', '127.0.0.1/8'],
    ['^(?:eth|ens|enp|eno|wlan|bond|br)[0-9]+(?:s[0-9]+)?$', 'enp0s3'],
    ['^fd[0-9a-f]{2}(:[0-9a-f]{4}){3}', 'fd00:1111:2222:3333::1'],
    ['.*eth.*', 'veth1'],
    ['[*+(|]?a\\+*', 'a'],
  ])('%s finds %s', (expression, text) => {
    expect(compileExpression('name', expression)(text)).toBe(true);
  });

  test.each([
    '^(([0-9a-f.:]+)+)+x$',
    '^(?:[0-9]|[0-9a-f:])*x$',
    '(a?){30}x',
    `${'.*'.repeat(9)}x`,
    `${'.?'.repeat(30)}${'.'.repeat(30)}x`,
    `${'(?:.|..)'.repeat(25)}x`,
  ])('%s is refused, for it may hold the agent', (expression) => {
    expect(() => compileExpression('name', expression)).toThrow(TemplateFault);
    expect(() => compileExpression('name', expression)).toThrow(/may take too long here/);
  });

  test('of as many repetitions as are taken is soon decided', () => {
    const test = compileExpression('address', `${'[0-9a-f:]*'.repeat(4)}x`);
    expect(test(address)).toBe(false);
  });
});
