import { quote } from '@hobnob/catalog/go';
import type { CheckResult } from './result.ts';

/** A check that an alias may follow, with the names of Consul's record. */
export interface AliasedCheck {
  readonly Node: string;
  readonly Name: string;
  readonly Status: string;
  readonly Output: string;
  /** '' for a check of the node. */
  readonly ServiceID: string;
}

/** What an alias check follows. */
export interface AliasTarget {
  /** '' for this agent. Case does not count. */
  readonly node: string;
  /** '' for the checks of the node alone. */
  readonly serviceId: string;
}

/**
 * The state of an alias check: the worst of its target's checks. Checks of the node count for an alias of a service
 * too; so an alias check that belongs to no service counts itself, as in Consul 1.8.7. The first critical check gives
 * the output, or else the last one in warning.
 * @param hasService whether the node has the service; only asked when none of its checks is there.
 * Source: consensus-and-rpc.md 7.5; Consul checks.CheckAlias.processChecks.
 */
export function aliasResult(
  target: AliasTarget,
  checks: Iterable<AliasedCheck>,
  hasService: (serviceId: string) => boolean,
): CheckResult {
  let result: CheckResult = { status: 'passing', output: 'No checks found.' };
  let isServiceFound = target.serviceId === '';
  for (const check of checks) {
    if (target.node !== '' && target.node.toLowerCase() !== check.Node.toLowerCase()) continue;
    if (check.ServiceID !== '' && check.ServiceID !== target.serviceId) continue;
    if (check.ServiceID !== '') isServiceFound = true;
    if (check.Status === 'critical' || check.Status === 'warning') {
      const output = `Aliased check ${quote(check.Name)} failing: ${check.Output}`;
      result = { status: check.Status, output };
      if (check.Status === 'critical') break;
    } else if (result.status === 'passing') {
      result = { status: 'passing', output: 'All checks passing.' };
    }
  }
  if (isServiceFound || hasService(target.serviceId)) return result;
  return {
    status: 'critical',
    output: `Service ${target.serviceId} could not be found on node ${target.node}`,
  };
}
