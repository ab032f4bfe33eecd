/**
 * What a value of the configuration may be: Go's kinds, `strings` (a list of text), `string-map`, a `list` or
 * `map` whose inside belongs to a feature that reads it itself, or a section with keys of its own.
 */
export type KeyKind =
  | 'string'
  | 'bool'
  | 'int'
  | 'uint'
  | 'float'
  | 'strings'
  | 'string-map'
  | 'list'
  | 'map'
  | KeySection;

export interface KeySection {
  readonly [key: string]: KeyKind;
}
