/** Collects all faults, so that an operator sees them at once. */
export class Problems {
  readonly #sentences = new Set<string>();

  add(sentence: string): void {
    this.#sentences.add(sentence);
  }

  get sentences(): readonly string[] {
    return [...this.#sentences];
  }
}

/** Nobody reads more, and a reload sends and logs them. */
const shownMax = 100;

/** One sentence as it is, several as Consul lists them, the first hundred of them. */
export function listProblems(problems: readonly string[]): string {
  if (problems.length === 1) return problems[0] ?? '';
  const lines = problems.slice(0, shownMax).map((problem) => `\t* ${problem}\n`);
  if (problems.length > shownMax) lines.push(`\t* and ${problems.length - shownMax} more\n`);
  return `${problems.length} errors occurred:\n${lines.join('')}`;
}
