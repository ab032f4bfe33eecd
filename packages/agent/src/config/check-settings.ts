import type { CheckOptions } from '../options.ts';
import type { Problems } from './problems.ts';

/** Source: Consul agent/config DefaultSource. */
const defaults: Required<CheckOptions> = {
  updateIntervalMs: 300_000,
  deregisterMinMs: 60_000,
  outputBytesMax: 4_096,
  discardsOutput: false,
};

/** How checks are kept, with Consul's defaults. The sentence about the size is Consul's. */
export function resolveChecks(given: CheckOptions, problems: Problems): Required<CheckOptions> {
  const checks = {
    updateIntervalMs: given.updateIntervalMs ?? defaults.updateIntervalMs,
    deregisterMinMs: given.deregisterMinMs ?? defaults.deregisterMinMs,
    outputBytesMax: given.outputBytesMax ?? defaults.outputBytesMax,
    discardsOutput: given.discardsOutput ?? defaults.discardsOutput,
  };
  for (const name of ['updateIntervalMs', 'deregisterMinMs'] as const) {
    if (checks[name] < 0) problems.add(`checks.${name} cannot be ${checks[name]}: it must be 0 or more`);
  }
  if (checks.outputBytesMax < 1) {
    problems.add(
      'check_output_max_size must be positive, to discard check output use the discard_check_output flag',
    );
  }
  return checks;
}
