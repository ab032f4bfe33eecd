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
import { Turns } from '../../async/turns.ts';
import type { CatalogReads, ReadPort } from '../catalog-reads.ts';
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
export function addInternalUiRoutes(port: ReadPort, { addRead }: CatalogReads): void {
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
    ask: ({ query, name }) => ({ Node: name, ...query }),
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
const instancesEach = 200;

/** One summary for each service, by name, to be made while they are read. */
async function summarize(
  instances: readonly CheckServiceNode[],
  turns: Turns,
): Promise<Iterable<ServiceSummary>> {
  const byName = new Map<string, ServiceParts>();
  for (const [position, instance] of instances.entries()) {
    if (position % instancesEach === instancesEach - 1) await turns.next();
    const { Service: name } = instance.Service;
    const known = byName.get(name);
    const parts = known ?? new ServiceParts();
    if (known === undefined) byName.set(name, parts);
    parts.add(instance);
  }
  const names = [...byName].sort(([a], [b]) => (a < b ? -1 : 1));
  return each(names, ([name, parts]) => parts.summary(name));
}

/** What the instances of one service add up to. */
class ServiceParts {
  readonly #nodes: string[] = [];
  readonly #tags = new Set<string>();
  readonly #proxied = new Set<string>();
  readonly #sources = new Set<string>();
  readonly #checksByStatus = new Map<string, number>();
  #kind = '';

  add({ Node, Service, Checks }: CheckServiceNode): void {
    this.#kind = Service.Kind;
    this.#nodes.push(Node.Node);
    for (const tag of Service.Tags ?? []) this.#tags.add(tag);
    if (Service.Kind === 'connect-proxy') this.#proxied.add(Service.Proxy.DestinationServiceName);
    const source = Service.Meta?.[externalSourceKey];
    if (source) this.#sources.add(source);
    for (const { Status } of Checks ?? []) {
      this.#checksByStatus.set(Status, (this.#checksByStatus.get(Status) ?? 0) + 1);
    }
  }

  summary(Name: string): ServiceSummary {
    const count = (status: string): number => this.#checksByStatus.get(status) ?? 0;
    return {
      Kind: this.#kind,
      Name,
      Tags: sortedOrNull(this.#tags),
      Nodes: this.#nodes.sort(),
      InstanceCount: this.#nodes.length,
      // In the order of the instances.
      ProxyFor: this.#proxied.size === 0 ? null : [...this.#proxied],
      ChecksPassing: count('passing'),
      ChecksWarning: count('warning'),
      ChecksCritical: count('critical'),
      ExternalSources: sortedOrNull(this.#sources),
      GatewayConfig: { AssociatedServiceCount: 0 },
    };
  }
}

/** Null when there is none, as a slice that Go never appended to. */
function sortedOrNull(texts: ReadonlySet<string>): readonly string[] | null {
  return texts.size === 0 ? null : [...texts].sort();
}
