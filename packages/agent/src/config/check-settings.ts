import { defaultDefinitionSettings } from '../local/definitions/setup.ts';
import type { CheckOptions, SidecarPortOptions } from '../options.ts';
import type { Problems } from './problems.ts';

/** Source: Consul agent/config DefaultSource. */
const defaults: Required<CheckOptions> = {
  updateIntervalMs: 300_000,
  deregisterMinMs: 60_000,
  outputBytesMax: 4_096,
  discardsOutput: false,
  allowsScripts: false,
  allowsLocalScripts: false,
};

/** Consul's sentence, word for word: operators search for it. */
const dangerText =
  'using enable-script-checks without ACLs and without allow_write_http_from is DANGEROUS, use ' +
  'enable-local-script-checks instead, see ' +
  'https://www.hashicorp.com/blog/protecting-consul-from-rce-risk-in-specific-configurations/';

/** How checks are kept, with Consul's defaults. The sentences are Consul's. */
export function resolveChecks(
  given: CheckOptions,
  problems: Problems,
  warnings: Problems,
): Required<CheckOptions> {
  const allowsScripts = given.allowsScripts ?? defaults.allowsScripts;
  const checks = {
    allowsScripts,
    allowsLocalScripts: given.allowsLocalScripts ?? allowsScripts,
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
  if (allowsScripts) warnings.add(dangerText);
  return checks;
}

/** The ports of sidecars, with Consul's defaults and its sentence about a range that is none. */
export function resolveSidecarPorts(
  given: SidecarPortOptions,
  problems: Problems,
): Required<SidecarPortOptions> {
  const { sidecarPorts } = defaultDefinitionSettings;
  const { min = sidecarPorts.min, max = sidecarPorts.max } = given;
  if (min > 0 && max > 0 && max < min) {
    problems.add('sidecar_min_port must be less than sidecar_max_port. To disable, set both to zero.');
  }
  return { min, max };
}
