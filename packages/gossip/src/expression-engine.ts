/** Regular expressions as Go's RE2 understands them: they come from strangers, and take time linear in the text. */
export interface ExpressionEngine {
  /** Whether the expression occurs in the text. One that is refused occurs nowhere. */
  matches(expression: string, text: string): boolean;
  /** Why the expression is refused, in RE2's own words where it is RE2 who refuses; undefined when it is fine. */
  problem(expression: string): string | undefined;
}

/** Loads the engine that filters of queries use: some 10 ms and 3 MB. Each caller gets one of its own. */
export async function loadExpressionEngine(): Promise<ExpressionEngine> {
  const { TagExpressions } = await import('./serf/queries/tag-expressions.ts');
  return new TagExpressions();
}
