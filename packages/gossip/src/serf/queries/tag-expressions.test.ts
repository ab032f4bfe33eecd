import { describe, expect, test } from 'vitest';
import { matchFilters } from './query-filters.ts';
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

  test('has a problem when it is refused, and none when it is valid', () => {
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

  test('that a backtracking engine would not finish is matched', () => {
    expect(expressions.matches('(a+)+$', `${'a'.repeat(5000)}b`)).toBe(false);
  });
});

describe('filters', () => {
  const member = { name: 'm', tags: { role: 'web' } };
  const matches = (expression: string, text: string): boolean => expressions.matches(expression, text);
  const tag = (name: string, expression: string) => ({ kind: 'tag', tag: name, expression }) as const;

  test('must all match', () => {
    expect(matchFilters([], member, matches)).toBe('match');
    expect(matchFilters([tag('role', 'web'), { kind: 'node', names: ['m'] }], member, matches)).toBe('match');
    expect(matchFilters([tag('role', 'web'), tag('role', 'db')], member, matches)).toBe('no-match');
    expect(matchFilters([{ kind: 'unknown' }], member, matches)).toBe('no-match');
  });

  test('treat a missing tag as empty text, whatever its name', () => {
    expect(matchFilters([tag('constructor', '^$')], member, matches)).toBe('match');
    expect(matchFilters([tag('zone', '.')], member, matches)).toBe('no-match');
  });

  test('need no engine when a name decides', () => {
    expect(matchFilters([tag('role', 'web')], member, undefined)).toBe('unknown');
    expect(matchFilters([tag('role', 'web'), { kind: 'node', names: ['x'] }], member, undefined)).toBe(
      'no-match',
    );
  });
});
