import { quote } from '../go/index.ts';
import type { ConnectProxyConfig, NodeService } from '../records/index.ts';

/** What Consul's catalog finds wrong with a service that takes part in Connect. Asked of 1.8.7. */

const portMax = 65_535;
const gatewayKinds: readonly string[] = ['mesh-gateway', 'terminating-gateway', 'ingress-gateway'];

/** All problems in one text, as go-multierror prints them; undefined when there is none. */
export function serviceProblems(service: NodeService): string | undefined {
  const problems = [...proxyProblems(service), ...gatewayProblems(service), ...sidecarProblems(service)];
  if (problems.length === 0) return undefined;
  const count = problems.length === 1 ? '1 error' : `${problems.length} errors`;
  return `${count} occurred:\n${problems.map((problem) => `\t* ${problem}\n`).join('')}\n`;
}

function proxyProblems({ Kind, Port, Proxy: proxy, Connect }: NodeService): string[] {
  if (Kind !== 'connect-proxy') return [];
  const problems: string[] = [];
  if (proxy.DestinationServiceName === '') {
    problems.push('Proxy.DestinationServiceName must be non-empty for Connect proxy services');
  }
  if (Port === 0) problems.push('Port must be set for a Connect proxy');
  if (Connect.Native) problems.push('A Proxy cannot also be Connect Native, only typical services');
  return [
    ...problems,
    ...upstreamProblems(proxy.Upstreams ?? []),
    ...exposeProblems(proxy.Expose.Paths ?? []),
  ];
}

type UpstreamConfig = NonNullable<ConnectProxyConfig['Upstreams']>[number];

const upstreamTypes: readonly string[] = ['', 'service', 'prepared_query'];

function upstreamProblems(upstreams: readonly UpstreamConfig[]): string[] {
  const problems: string[] = [];
  const addresses = new Set<string>();
  const destinations = new Set<string>();
  for (const upstream of upstreams) {
    const problem = upstreamProblem(upstream);
    if (problem !== undefined) {
      problems.push(problem);
      continue;
    }
    const address = `${upstream.LocalBindAddress || '127.0.0.1'}:${upstream.LocalBindPort}`;
    if (addresses.has(address)) {
      problems.push(
        `upstreams cannot contain duplicates by local bind address and port; ${quote(address)} is specified twice`,
      );
    }
    addresses.add(address);
    const destination = destinationOf(upstream);
    if (destinations.has(destination)) {
      problems.push(`upstreams cannot contain duplicates of ${destination}`);
    }
    destinations.add(destination);
  }
  return problems;
}

function upstreamProblem({
  DestinationType,
  DestinationName,
  LocalBindPort,
}: UpstreamConfig): string | undefined {
  if (!upstreamTypes.includes(DestinationType)) {
    return `unknown upstream destination type: ${quote(DestinationType)}`;
  }
  if (DestinationName === '') return 'upstream destination name cannot be empty';
  return LocalBindPort === 0 ? 'upstream local bind port cannot be zero' : undefined;
}

function destinationOf(upstream: UpstreamConfig): string {
  const { DestinationType, DestinationName, DestinationNamespace, Datacenter } = upstream;
  return (
    `[type=${quote(DestinationType)}, name=${quote(DestinationName)}, ` +
    `namespace=${quote(DestinationNamespace)}, datacenter=${quote(Datacenter)}]`
  );
}

type ExposedPath = NonNullable<ConnectProxyConfig['Expose']['Paths']>[number];

function exposeProblems(paths: readonly ExposedPath[]): string[] {
  const problems: string[] = [];
  const seenPaths = new Set<string>();
  const seenPorts = new Set<number>();
  for (const { Path, ListenerPort, Protocol } of paths) {
    if (Path === '') problems.push('expose.paths: empty path exposed');
    if (seenPaths.has(Path)) problems.push('expose.paths: duplicate paths exposed');
    if (seenPorts.has(ListenerPort)) problems.push('expose.paths: duplicate listener ports exposed');
    seenPaths.add(Path);
    seenPorts.add(ListenerPort);
    if (ListenerPort <= 0 || ListenerPort > portMax) {
      problems.push(`expose.paths: invalid listener port: ${ListenerPort}`);
    }
    if (!['', 'http', 'http2'].includes(Protocol.toLowerCase())) {
      problems.push(`protocol '${Protocol}' not supported for path: ${Path}, must be in: [http http2]`);
    }
  }
  return problems;
}

function gatewayProblems({ Kind, Port, Proxy: proxy, Connect }: NodeService): string[] {
  if (!gatewayKinds.includes(Kind)) return [];
  const problems: string[] = [];
  if (Port === 0 && Kind !== 'ingress-gateway') problems.push(`Port must be non-zero for a ${Kind}`);
  if (Connect.SidecarService !== null) problems.push(`A ${Kind} cannot have a sidecar service defined`);
  const set: readonly (readonly [string, boolean])[] = [
    ['DestinationServiceName', proxy.DestinationServiceName !== ''],
    ['DestinationServiceID', proxy.DestinationServiceID !== ''],
    ['LocalServiceAddress', proxy.LocalServiceAddress !== ''],
    ['LocalServicePort', proxy.LocalServicePort !== 0],
    ['Upstreams', (proxy.Upstreams ?? []).length > 0],
  ];
  for (const [name, isSet] of set) {
    if (isSet) problems.push(`The Proxy.${name} configuration is invalid for a ${Kind}`);
  }
  return problems;
}

function sidecarProblems({ Connect: { SidecarService: sidecar } }: NodeService): string[] {
  if (sidecar === null) return [];
  const problems: string[] = [];
  if (sidecar.ID !== '') {
    problems.push('A SidecarService cannot specify an ID as this is managed by the agent');
  }
  if (sidecar.Connect !== null && sidecar.Connect.SidecarService !== null) {
    problems.push('A SidecarService cannot have a nested SidecarService');
  }
  return problems;
}
