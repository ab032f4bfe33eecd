/** Collects all faults, so that an operator sees them at once. */
export class Problems {
  readonly #sentences: string[] = [];

  add(sentence: string): void {
    if (!this.#sentences.includes(sentence)) this.#sentences.push(sentence);
  }

  get sentences(): readonly string[] {
    return this.#sentences;
  }
}

/** One sentence as it is, several as Consul lists them. */
export function listProblems(problems: readonly string[]): string {
  if (problems.length === 1) return problems[0] ?? '';
  return `${problems.length} errors occurred:\n${problems.map((problem) => `\t* ${problem}\n`).join('')}`;
}
