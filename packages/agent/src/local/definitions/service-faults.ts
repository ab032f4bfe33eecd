import { serviceMetaProblem, serviceProblems } from '@hobnob/catalog';
import type { ConnectProxyConfig, ServiceDefinition, SidecarDefinition } from '@hobnob/catalog/records';
import { weightsProblem } from './define-service.ts';
import { nodeServiceOf } from './service-parts.ts';

/**
 * Why Consul refuses a configuration that defines a service like this, before it starts; one sentence for each fault. Faults
 * of checks show when the service is registered. Source: Consul agent/config Builder.
 */
export function serviceFaults(body: ServiceDefinition): readonly string[] {
  const sidecar = body.Connect?.SidecarService ?? null;
  const faults = [...partFaults(body), ...(sidecar === null ? [] : sidecarFaults(sidecar))];
  if (faults.length > 0) return faults;
  const problems = serviceProblems(nodeServiceOf(body, sidecar));
  return problems === undefined ? [] : [`service "${body.Name}": ${problems}`];
}

function sidecarFaults(sidecar: SidecarDefinition): readonly string[] {
  return [
    ...partFaults(sidecar),
    ...(sidecar.ID === '' ? [] : ["sidecar_service can't specify an ID"]),
    ...(hasSidecar(sidecar.Connect) ? ["sidecar_service can't have a nested sidecar_service"] : []),
  ];
}

/** In the spelling of files or of the API. */
function hasSidecar(connect: unknown): boolean {
  if (typeof connect !== 'object' || connect === null) return false;
  return Object.entries(connect).some(
    ([key, value]) => /^sidecar_?service$/i.test(key) && value !== null && value !== undefined,
  );
}

/** What a service and its sidecar have in common. */
function partFaults(body: ServiceDefinition | SidecarDefinition): readonly string[] {
  const meta = serviceMetaProblem(nodeServiceOf(body, null));
  const weights = weightsProblem(body.Weights);
  return [
    ...(meta === undefined ? [] : [`invalid meta for service ${body.Name}: ${meta}`]),
    ...(weights === undefined ? [] : [`Invalid weight definition for service ${body.Name}: ${weights}`]),
    ...gatewayFaults(body.Proxy),
  ];
}

/** Source: Consul structs.ValidateMeshGatewayMode. */
const gatewayModes: readonly string[] = ['', 'none', 'local', 'remote'];

function gatewayFaults(proxy: ConnectProxyConfig | null): readonly string[] {
  if (proxy === null) return [];
  return [proxy, ...(proxy.Upstreams ?? [])]
    .map(({ MeshGateway }) => MeshGateway.Mode)
    .filter((mode) => !gatewayModes.includes(mode))
    .map((mode) => `Invalid Mesh Gateway Mode: "${mode}"`);
}
