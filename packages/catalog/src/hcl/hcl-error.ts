/** A text is not HCL. Line and column count from 1, columns in code points. The reason is a part of a sentence. */
export class HclError extends Error {
  override readonly name = 'HclError';
  readonly line: number;
  readonly column: number;
  readonly reason: string;

  constructor(line: number, column: number, reason: string, options?: ErrorOptions) {
    super(`line ${line}, column ${column}: ${reason}`, options);
    this.line = line;
    this.column = column;
    this.reason = reason;
  }
}

/** A fault at an offset, in UTF-16 units. Some are forgiven, so that none counts lines. */
export class Fault extends Error {
  readonly at: number;
  readonly reason: string;

  constructor(at: number, reason: string) {
    super(reason);
    this.at = at;
    this.reason = reason;
  }
}

/** The fault for whoever wrote `text`. */
export function faultIn(text: string, fault: Fault): HclError {
  const before = text.slice(0, fault.at).split('\n');
  const { reason } = fault;
  const shown =
    reason.length <= reasonMax
      ? reason
      : `${reason.slice(0, reasonMax / 2)}...${reason.slice(-reasonMax / 2)}`;
  return new HclError(before.length, [...(before.at(-1) ?? '')].length + 1, shown, { cause: fault });
}

/** A reason quotes what is wrong, which may be all of the text: its beginning and end say enough. */
const reasonMax = 200;
