import { isSame } from '@hobnob/catalog';
import type { HealthCheck, NodeService } from '@hobnob/catalog/records';

const serviceFields = [
  'Kind',
  'ID',
  'Service',
  'Tags',
  'Address',
  'TaggedAddresses',
  'Meta',
  'Port',
  'Weights',
  'EnableTagOverride',
  'Proxy',
  'Connect',
] as const satisfies readonly (keyof NodeService)[];

/** Without the service's name and tags, which the catalog copies from the service itself. */
const checkFields = [
  'Node',
  'CheckID',
  'Name',
  'Status',
  'Notes',
  'ServiceID',
  'Definition',
] as const satisfies readonly (keyof HealthCheck)[];

/** Whether the catalog would keep the same for both. Source: Consul structs.NodeService.IsSame. */
export function isSameService(a: NodeService, b: NodeService): boolean {
  return a === b || serviceFields.every((name) => isSame(a[name], b[name]));
}

/**
 * Whether the catalog would keep the same for both. Source: Consul structs.HealthCheck.IsSame.
 * @param options `ignoreOutput` for a check whose new output waits for its turn.
 */
export function isSameCheck(
  a: HealthCheck,
  b: HealthCheck,
  { ignoreOutput = false }: { readonly ignoreOutput?: boolean } = {},
): boolean {
  if (a === b) return true;
  if (!ignoreOutput && a.Output !== b.Output) return false;
  return checkFields.every((name) => isSame(a[name], b[name]));
}
