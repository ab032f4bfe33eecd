/**
 * How often a flag may be given and what its value is. `uint` has 64 bits, `duration` is Go's (`1m30s`) and read in
 * nanoseconds; `pairs` is `key:value`, `map` is `key=value`, both repeatable.
 */
export type FlagKind = 'bool' | 'string' | 'int' | 'uint' | 'duration' | 'list' | 'pairs' | 'map';

/** One flag of a command, in Go's syntax: `-name`, `--name`, `-name=value`, `-name value`. */
export interface FlagSpec {
  /** Without dashes. */
  readonly name: string;
  readonly kind: FlagKind;
  /**
   * The package whose words refuse a wrong value: Consul's `agent` reads its flags with Go's strconv, other commands
   * leave that to Go's flag package. Default `flag`.
   */
  readonly parsedBy?: 'flag' | 'strconv';
  /** The name of the value in help texts. Default `value`. */
  readonly placeholder?: string;
  readonly description: string;
  /** The default, as Go prints it: `"pretty"`. */
  readonly defaultText?: string;
  /** Another flag of the same table that takes the values of this one: of two the last counts, lists keep their order. */
  readonly collectedIn?: string;
  /** Flags that say which agent to ask stand in a section of their own. */
  readonly section?: 'api';
}

interface ValueOfKind {
  readonly bool: boolean;
  readonly string: string;
  readonly int: number;
  readonly uint: bigint;
  readonly duration: bigint;
  readonly list: readonly string[];
  readonly pairs: Readonly<Record<string, string>>;
  readonly map: Readonly<Record<string, string>>;
}

/** The values of a table's flags by name; absent flags are undefined. */
export type FlagValues<Specs extends readonly FlagSpec[]> = {
  readonly [Spec in Specs[number] as Spec['name']]?: ValueOfKind[Spec['kind']];
};
