import type { JsonObject } from './check-keys.ts';
import { valueAt } from './protection.ts';

interface RangeRule {
  readonly path: string;
  readonly allows: (value: number) => boolean;
  /** What Consul 1.8.7 says of a value that is not allowed. */
  readonly sentence: (value: number) => string;
}

const notNegative = (path: string): RangeRule => ({
  path,
  allows: (value) => value >= 0,
  sentence: (value) => `${path} cannot be ${value}. Must be greater than or equal to zero`,
});

const strictlyPositive = (path: string): RangeRule => ({
  path,
  allows: (value) => value > 0,
  sentence: (value) => `${path} must be strictly positive, was: ${value}`,
});

/**
 * The ranges of numbers whose features come later: who moves here from Consul is told the same faults. Found by
 * asking `consul validate` of 1.8.7 about each number; what it lets pass is not here. The numbers that this
 * version acts on are checked where they are resolved.
 */
const rules: readonly RangeRule[] = [
  {
    path: 'check_output_max_size',
    allows: (value) => value > 0,
    sentence: () =>
      'check_output_max_size must be positive, to discard check output use the discard_check_output flag',
  },
  {
    path: 'performance.raft_multiplier',
    allows: (value) => value >= 1 && value <= 10,
    sentence: (value) => `performance.raft_multiplier cannot be ${value}. Must be between 1 and 10`,
  },
  notNegative('dns_config.a_record_limit'),
  notNegative('dns_config.udp_answer_limit'),
  notNegative('autopilot.max_trailing_logs'),
  strictlyPositive('cache.entry_fetch_max_burst'),
  strictlyPositive('cache.entry_fetch_rate'),
];

/** Consul's ports for sidecars and exposed paths (agent/config DefaultSource). */
const portRanges = [
  { kind: 'sidecar', min: 21_000, max: 21_255 },
  { kind: 'expose', min: 21_500, max: 21_755 },
] as const;

/** One sentence for each number of `values` outside its range. */
export function rangeProblems(values: JsonObject): readonly string[] {
  const numbers = rules.flatMap(({ path, allows, sentence }) => {
    const value = valueAt(values, path);
    return typeof value !== 'number' || allows(value) ? [] : [sentence(value)];
  });
  const ranges = portRanges
    .filter(({ kind, ...defaults }) => {
      const min = valueAt(values, `ports.${kind}_min_port`) ?? defaults.min;
      const max = valueAt(values, `ports.${kind}_max_port`) ?? defaults.max;
      return typeof min === 'number' && typeof max === 'number' && min > 0 && max > 0 && max < min;
    })
    .map(({ kind }) => `${kind}_min_port must be less than ${kind}_max_port. To disable, set both to zero.`);
  return [...numbers, ...ranges];
}
