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
import { Turns } from '../../answers/turns.ts';
import type { CachedReads } from '../cached-reads.ts';
import { type ReadPort, readsOf } from '../catalog-reads.ts';
import { listJson, valueJson } from '../json-body.ts';
import { each } from './catalog.ts';

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
  const turns = port.catalog?.turns ?? new Turns();
  addRead({
    url: '/v1/internal/ui/nodes',
    method: 'Internal.NodeDump',
    ask: ({ query }) => query,
    show: ({ Dump }) => listJson(NodeDump, Dump),
  });
  addRead({
    url: '/v1/internal/ui/node/*',
    named: 'node name',
    method: 'Internal.NodeInfo',
    ask: ({ query, name }) => ({ ...query, Node: name }),
    show: ({ Dump: [found] }: { readonly Dump: readonly NodeDump[] }) =>
      found && valueJson(pointerTo(NodeDump), found),
  });
  addRead({
    url: '/v1/internal/ui/services',
    method: 'Internal.ServiceDump',
    ask: ({ query }) => query,
    show: async ({ Nodes }) => listJson(ServiceSummary, await summarize(Nodes, turns)),
  });
}

const externalSourceKey = 'external-source';

/** So many instances are looked at in one turn of the event loop. */
const instancesEach = 1000;

/** One summary for each service, by name, to be made while they are read. */
async function summarize(
  instances: readonly CheckServiceNode[],
  turns: Turns,
): Promise<Iterable<ServiceSummary>> {
  const byName = new Map<string, CheckServiceNode[]>();
  for (const [position, instance] of instances.entries()) {
    if (position % instancesEach === instancesEach - 1) await turns.next();
    const { Service } = instance.Service;
    const found = byName.get(Service);
    if (found === undefined) byName.set(Service, [instance]);
    else found.push(instance);
  }
  const names = [...byName].sort(([a], [b]) => (a < b ? -1 : 1));
  return each(names, ([name, found]) => summaryOf(name, found));
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
