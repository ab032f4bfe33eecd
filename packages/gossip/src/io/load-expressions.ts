import type { ExpressionMatcher } from '../serf/types.ts';

/**
 * Loads the engine of RE2: some 10 ms and 3 MB that a pool without tag filters never spends. Each caller gets an
 * engine of its own.
 */
export async function loadExpressions(): Promise<ExpressionMatcher> {
  const { TagExpressions } = await import('../serf/queries/tag-expressions.ts');
  const expressions = new TagExpressions();
  return (expression, text) => expressions.matches(expression, text);
}
