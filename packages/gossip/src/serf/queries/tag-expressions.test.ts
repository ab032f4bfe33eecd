import { describe, expect, test } from 'vitest';
import { judgeFilters } from './query-filters.ts';
import { TagExpressions } from './tag-expressions.ts';

const expressions = new TagExpressions();

describe('an expression on a tag', () => {
  test.for([
    ['web', 'my-web-1', true],
    ['^web', 'my-web-1', false],
    ['', '', true],
    ['^$', '', true],
    ['fake|web.*', 'webby', true],
    ['(?i)WEB', 'web', true],
    ['\\pL+', 'ä', true],
    ['a\\x{301}', 'a\u0301', true],
  ] as const)('%s in "%s": %s', ([expression, value, isMatch]) => {
    expect(expressions.matches(expression, value)).toBe(isMatch);
  });

  test.for(['(', '(?=a)', 'a{2000}', '(a)\\1', '\\', '(?P<x'])(
    'that RE2 refuses matches nothing: %s',
    (expression) => {
      expect(expressions.matches(expression, 'a(aa\\')).toBe(false);
    },
  );

  test('are told why they are refused, and nothing when they are fine', () => {
    expect(expressions.problem('(')).toBe('error parsing regexp: missing closing ): `(`');
    expect(expressions.problem('\\')).toBe(
      'error parsing regexp: trailing backslash at end of expression: ``',
    );
    expect(expressions.problem('a'.repeat(2000))).toBe('the expression is too large');
    expect(expressions.problem('^a+$')).toBeUndefined();
  });

  test('whose program would be huge is refused before it is compiled', () => {
    expect(expressions.matches(`(${'a'.repeat(900)}){1000}`, 'a'.repeat(900_000))).toBe(false);
    expect(expressions.matches('a'.repeat(2000), 'a'.repeat(2000))).toBe(false);
    const uuid = '^[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}$';
    expect(expressions.matches(uuid, 'b066b514-af1b-72db-500c-3c7808742e7e')).toBe(true);
  });

  test('that would take a backtracking engine for ever is judged', () => {
    expect(expressions.matches('(a+)+$', `${'a'.repeat(5000)}b`)).toBe(false);
  });
});

describe('filters', () => {
  const member = { name: 'm', tags: { role: 'web' } };
  const matches = (expression: string, text: string): boolean => expressions.matches(expression, text);
  const tag = (name: string, expression: string) => ({ kind: 'tag', tag: name, expression }) as const;

  test('must all let a member pass', () => {
    expect(judgeFilters([], member, matches)).toBe('match');
    expect(judgeFilters([tag('role', 'web'), { kind: 'node', names: ['m'] }], member, matches)).toBe('match');
    expect(judgeFilters([tag('role', 'web'), tag('role', 'db')], member, matches)).toBe('no-match');
    expect(judgeFilters([{ kind: 'unknown' }], member, matches)).toBe('no-match');
  });

  test('see a tag that is missing as empty text, whatever its name', () => {
    expect(judgeFilters([tag('constructor', '^$')], member, matches)).toBe('match');
    expect(judgeFilters([tag('zone', '.')], member, matches)).toBe('no-match');
  });

  test('need no engine when a name decides', () => {
    expect(judgeFilters([tag('role', 'web')], member, undefined)).toBe('unknown');
    expect(judgeFilters([tag('role', 'web'), { kind: 'node', names: ['x'] }], member, undefined)).toBe(
      'no-match',
    );
  });
});
