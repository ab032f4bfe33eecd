/** Collects everything that is wrong, so that an operator sees all of it at once. */
export class Problems {
  readonly #sentences: string[] = [];

  add(sentence: string): void {
    if (!this.#sentences.includes(sentence)) this.#sentences.push(sentence);
  }

  get sentences(): readonly string[] {
    return this.#sentences;
  }
}
