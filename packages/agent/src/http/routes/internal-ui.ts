import { NodeDump } from '@hobnob/catalog';
import {
  type CheckServiceNode,
  field,
  type Infer,
  int,
  listOf,
  pointerTo,
  record,
  text,
} from '@hobnob/catalog/records';
import type { FastifyInstance } from 'fastify';
import { dropMeta, sendList, sendShaped } from '../answer.ts';
import { type CachedReads, type ReadPort, readsOf } from '../catalog-reads.ts';

const GatewayConfig = record('GatewayConfig', { AssociatedServiceCount: field(int, { omitEmpty: true }) });
/** A service as the list of Consul's web page shows it. Source: Consul agent/ui_endpoint.go, ServiceSummary. */
const ServiceSummary = record('ServiceSummary', {
  Kind: field(text, { omitEmpty: true }),
  Name: text,
  Tags: listOf(text),
  Nodes: listOf(text),
  InstanceCount: int,
  ProxyFor: field(listOf(text), { omitEmpty: true }),
  ChecksPassing: int,
  ChecksWarning: int,
  ChecksCritical: int,
  ExternalSources: listOf(text),
  GatewayConfig,
});
type ServiceSummary = Infer<typeof ServiceSummary>;

/** The routes below /v1/internal/ui, which Consul's web page asks. */
export function addInternalUiRoutes(app: FastifyInstance, port: ReadPort, cached: CachedReads): void {
  const addRead = readsOf(app, port, cached);
  addRead({
    url: '/v1/internal/ui/nodes',
    method: 'Internal.NodeDump',
    ask: ({ query }) => query,
    send: (reply, { Dump }) => sendList(reply, NodeDump, Dump),
  });
  addRead({
    url: '/v1/internal/ui/node/*',
    named: 'node name',
    method: 'Internal.NodeInfo',
    ask: ({ query, name }) => ({ ...query, Node: name }),
    send: (reply, { Dump: [found] }: { readonly Dump: readonly NodeDump[] }) =>
      found === undefined
        ? dropMeta(reply).status(404).send()
        : sendShaped(reply, pointerTo(NodeDump), found),
  });
  addRead({
    url: '/v1/internal/ui/services',
    method: 'Internal.ServiceDump',
    ask: ({ query }) => query,
    send: (reply, { Nodes }) => sendList(reply, ServiceSummary, summarize(Nodes)),
  });
}

const externalSourceKey = 'external-source';

/** One summary for each service, by name. */
function summarize(instances: readonly CheckServiceNode[]): readonly ServiceSummary[] {
  const byName = new Map<string, CheckServiceNode[]>();
  for (const instance of instances) {
    const { Service } = instance.Service;
    byName.set(Service, [...(byName.get(Service) ?? []), instance]);
  }
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, found]) => summaryOf(name, found));
}

function summaryOf(name: string, instances: readonly CheckServiceNode[]): ServiceSummary {
  const checks = instances.flatMap(({ Checks }) => Checks ?? []);
  const count = (status: string): number => checks.filter(({ Status }) => Status === status).length;
  return {
    Kind: instances.at(-1)?.Service.Kind ?? '',
    Name: name,
    Tags: sortedOrNull(instances.flatMap(({ Service }) => Service.Tags ?? [])),
    Nodes: instances.map(({ Node }) => Node.Node).sort(),
    InstanceCount: instances.length,
    ProxyFor: sortedOrNull(
      instances.flatMap(({ Service }) =>
        Service.Kind === 'connect-proxy' ? Service.Proxy.DestinationServiceName : [],
      ),
    ),
    ChecksPassing: count('passing'),
    ChecksWarning: count('warning'),
    ChecksCritical: count('critical'),
    ExternalSources: sortedOrNull(
      instances.flatMap(({ Service }) => Service.Meta?.[externalSourceKey] || []),
    ),
    GatewayConfig: { AssociatedServiceCount: 0 },
  };
}

/** Without doubles; null when there is none, as a slice that Go never appended to. */
function sortedOrNull(texts: readonly string[]): readonly string[] | null {
  return texts.length === 0 ? null : [...new Set(texts)].sort();
}
