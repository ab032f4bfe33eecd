/** How a filter compares; the names are those that error texts use. */
export type MatchOperator =
  | 'Equal'
  | 'Not Equal'
  | 'In'
  | 'Not In'
  | 'Is Empty'
  | 'Is Not Empty'
  | 'Matches'
  | 'Not Matches';

/** One comparison. */
export interface Match {
  readonly type: 'match';
  readonly selector: readonly string[];
  readonly operator: MatchOperator;
  /** As it was written, without quotes; '' for the operators that have none. */
  readonly value: string;
}

/** A filter expression, read but not yet held against the fields of a record. */
export type Expression =
  | Match
  | { readonly type: 'not'; readonly operand: Expression }
  | { readonly type: 'and' | 'or'; readonly operands: readonly Expression[] };
