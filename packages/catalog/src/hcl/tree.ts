/** What a text consists of before repeated keys are joined. Positions are offsets into the text, in UTF-16 units. */

/** A text, number or truth value as it is written; a text or heredoc is already what it stands for. */
export interface Literal {
  readonly type: 'text' | 'heredoc' | 'integer' | 'float' | 'bool';
  readonly at: number;
  readonly text: string;
}

/** The values between brackets. */
export interface ListNode {
  readonly type: 'list';
  readonly at: number;
  readonly nodes: readonly Node[];
}

/** The entries between braces. */
export interface ObjectNode {
  readonly type: 'object';
  readonly at: number;
  readonly entries: readonly Entry[];
}

export type Node = Literal | ListNode | ObjectNode;

/** A key and its value; a block with labels has several keys. */
export interface Entry {
  readonly keys: readonly string[];
  readonly at: number;
  readonly value: Node;
}

/**
 * Objects, lists and labels may be nested this deep. No configuration comes near it, and whoever walks the values
 * afterwards may recurse.
 */
export const depthMax = 500;
