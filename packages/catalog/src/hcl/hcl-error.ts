/** A text is not HCL. Line and column count from 1, columns in code points. The reason is a part of a sentence. */
export class HclError extends Error {
  override readonly name = 'HclError';
  readonly line: number;
  readonly column: number;
  readonly reason: string;

  /** @param at where in `text` the fault is, in UTF-16 units. */
  constructor(text: string, at: number, reason: string) {
    const before = text.slice(0, at).split('\n');
    const line = before.length;
    const column = [...(before.at(-1) ?? '')].length + 1;
    super(`line ${line}, column ${column}: ${reason}`);
    this.line = line;
    this.column = column;
    this.reason = reason;
  }
}
