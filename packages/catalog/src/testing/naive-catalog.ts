import type {
  CatalogCoordinate,
  CoordinateUpdateRequest,
  DeregisterRequest,
  HealthCheck,
  NodeRecord,
  NodeService,
  RegisterRequest,
} from '../records/index.ts';
import type { NodeDefinition } from '../store/nodes.ts';
import type { NaiveIndexes } from './naive-indexes.ts';

/** What the owner of a naive catalog hears. */
interface CatalogEvents {
  /** One thing was written or removed, with all that goes with it. */
  readonly onStep: () => void;
  /** A node goes; one of its name may be there again at the end of the step. */
  readonly onNodeRemoved: (name: string) => void;
}

/** What a command may take back. */
interface CatalogCopy {
  readonly nodes: readonly NodeRecord[];
  readonly services: readonly { readonly node: string; readonly service: NodeService }[];
  readonly checks: readonly HealthCheck[];
  readonly coordinates: readonly CatalogCoordinate[];
}

/**
 * The catalog as plain lists that are searched from end to end: a part of the naive state. Metadata limits and malformed
 * ids are not modelled. What writes returns why it is refused.
 */
export class NaiveCatalog {
  nodes: NodeRecord[] = [];
  services: { readonly node: string; readonly service: NodeService }[] = [];
  checks: HealthCheck[] = [];
  coordinates: CatalogCoordinate[] = [];
  readonly #indexes: NaiveIndexes;
  readonly #events: CatalogEvents;
  /** What each service's health answer was after the last step, as text. */
  #lastAnswers = new Map<string, string>();

  constructor(indexes: NaiveIndexes, events: CatalogEvents) {
    this.#indexes = indexes;
    this.#events = events;
  }

  copy(): CatalogCopy {
    const { nodes, services, checks, coordinates } = this;
    return { nodes: [...nodes], services: [...services], checks: [...checks], coordinates };
  }

  takeBack({ nodes, services, checks, coordinates }: CatalogCopy): void {
    this.nodes = [...nodes];
    this.services = [...services];
    this.checks = [...checks];
    this.coordinates = [...coordinates];
    this.#lastAnswers = this.#answers();
  }

  register(request: RegisterRequest): string | undefined {
    const { ID, Node, Address, Datacenter, TaggedAddresses, NodeMeta: Meta, Service } = request;
    const isKnown = this.nodes.some((node) => same(node.Node, Node));
    const node = { ID, Node, Address, Datacenter, TaggedAddresses, Meta };
    const checks = [request.Check, ...(request.Checks ?? [])].filter((check) => check !== null);
    const nodeStep = () => named('failed inserting node', this.ensureNode(node));
    const serviceStep = () =>
      Service === null ? undefined : named('failed inserting service', this.ensureService(Node, Service));
    const steps = [
      ...(isKnown && request.SkipNodeUpdate ? [] : [nodeStep]),
      serviceStep,
      ...checks.map((check) => () => this.#registerCheck(Node, check)),
    ];
    for (const step of steps) {
      const error = step();
      if (error !== undefined) return error;
    }
    return undefined;
  }

  #registerCheck(node: string, check: HealthCheck): string | undefined {
    if (check.Node !== node) return `check node "${check.Node}" does not match node "${node}"`;
    const reason = named('failed inserting check', this.ensureCheck(check));
    return reason === undefined ? undefined : `${reason} on node "${node}"`;
  }

  ensureNode(content: NodeDefinition): string | undefined {
    const { ID, Node, Address } = content;
    const byName = this.nodes.find((node) => same(node.Node, Node));
    if (byName !== undefined && text(content) === text(withoutIndexes(byName))) return undefined;
    const byId = ID === '' ? undefined : this.nodes.find((node) => same(node.ID, ID));
    if (ID !== '' && byId?.Node !== Node) {
      const isHealthy = this.checks.some(
        (check) => same(check.Node, Node) && check.CheckID === 'serfHealth' && check.Status !== 'critical',
      );
      const isOthers = byName !== undefined && byName.ID !== ID && (byId !== undefined || byName.ID !== '');
      if (isHealthy && isOthers) {
        const address = byId === undefined ? '' : ` (${Address})`;
        return (
          `Error while renaming Node ID: "${ID}"${address}: Node name ${Node} is reserved by ` +
          `node ${byName.ID} with name ${byName.Node} (${byName.Address})`
        );
      }
      if (byId !== undefined) this.removeNode(byId.Node);
    }
    const CreateIndex = (byId ?? byName)?.CreateIndex ?? this.#indexes.now;
    this.nodes = this.nodes.filter((node) => !same(node.Node, Node));
    this.nodes.push({ ...content, CreateIndex, ModifyIndex: this.#indexes.now });
    this.#move('nodes');
    return this.#endStep();
  }

  ensureService(node: string, given: NodeService): string | undefined {
    if (!this.nodes.some(({ Node }) => same(Node, node))) return 'Missing node registration';
    if (given.ID === '') return 'failed inserting service: object missing primary index';
    const existing = this.serviceOf(node, given.ID);
    const content = { ...given, Weights: given.Weights ?? { Passing: 1, Warning: 1 } };
    const isSame =
      existing?.node === node && text(withoutIndexes(existing.service)) === text(withoutIndexes(content));
    if (isSame) return undefined;
    const CreateIndex = existing?.service.CreateIndex ?? this.#indexes.now;
    this.services = this.services.filter((row) => row !== existing);
    this.services.push({ node, service: { ...content, CreateIndex, ModifyIndex: this.#indexes.now } });
    this.#move('services');
    return this.#endStep();
  }

  ensureCheck(given: HealthCheck): string | undefined {
    const { Node: node } = given;
    if (!this.nodes.some(({ Node }) => same(Node, node))) return 'Missing node registration';
    const service = given.ServiceID === '' ? undefined : this.serviceOf(node, given.ServiceID);
    if (given.ServiceID !== '' && service === undefined) return 'Missing service registration';
    if (given.CheckID === '') return 'failed inserting check: object missing primary index';
    const content = {
      ...given,
      Status: given.Status || 'critical',
      ServiceName: service?.service.Service ?? given.ServiceName,
      ...(service && { ServiceTags: service.service.Tags }),
    };
    const existing = this.checks.find(
      (check) => same(check.Node, node) && same(check.CheckID, given.CheckID),
    );
    const withoutType = (check: HealthCheck) => text({ ...withoutIndexes(check), Type: '' });
    const isSame = existing !== undefined && withoutType(existing) === withoutType(content);
    this.checks = this.checks.filter((check) => check !== existing);
    this.checks.push({
      ...content,
      CreateIndex: existing?.CreateIndex ?? this.#indexes.now,
      ModifyIndex: isSame ? existing.ModifyIndex : this.#indexes.now,
    });
    this.#move('checks');
    return this.#endStep();
  }

  deregister({ Node, ServiceID, CheckID }: DeregisterRequest): void {
    if (ServiceID !== '') this.removeService(Node, ServiceID);
    else if (CheckID !== '') this.removeCheck(Node, CheckID);
    else this.removeNode(Node);
  }

  removeNode(name: string): void {
    const known = this.nodes.some(({ Node }) => same(Node, name));
    if (!known) return;
    this.#events.onNodeRemoved(name);
    for (const { node, service } of this.services) if (same(node, name)) this.removeService(name, service.ID);
    this.#removeChecks((check) => same(check.Node, name));
    if (this.coordinates.some(({ Node }) => same(Node, name))) this.#move('coordinates');
    this.coordinates = this.coordinates.filter(({ Node }) => !same(Node, name));
    this.nodes = this.nodes.filter(({ Node }) => !same(Node, name));
    this.#move('nodes');
    this.#endStep();
  }

  removeService(node: string, id: string): void {
    const existing = this.serviceOf(node, id);
    if (existing === undefined) return;
    this.#removeChecks((check) => same(check.Node, node) && same(check.ServiceID, id));
    this.services = this.services.filter((row) => row !== existing);
    this.#move('services');
    this.#move('checks');
    this.#endStep();
  }

  removeCheck(node: string, id: string): void {
    this.#removeChecks((check) => same(check.Node, node) && same(check.CheckID, id));
    this.#endStep();
  }

  #removeChecks(isGone: (check: HealthCheck) => boolean): void {
    const gone = this.checks.filter(isGone);
    this.checks = this.checks.filter((check) => !isGone(check));
    if (gone.length > 0) this.#move('checks');
    if (gone.some(({ ServiceID }) => ServiceID === '')) this.#move('services');
  }

  updateCoordinates(updates: readonly CoordinateUpdateRequest[]): void {
    for (const { Node, Segment, Coord } of updates) {
      if (Coord === null || !this.nodes.some((node) => same(node.Node, Node))) continue;
      const others = this.coordinates.filter((row) => !(same(row.Node, Node) && same(row.Segment, Segment)));
      this.coordinates = [...others, { Node, Segment, Coord }];
    }
    this.#move('coordinates');
  }

  serviceOf(node: string, id: string) {
    return this.services.find((row) => same(row.node, node) && same(row.service.ID, id));
  }

  #move(name: string): void {
    this.#indexes.move(name);
  }

  #endStep(): undefined {
    this.#moveServiceIndexes();
    this.#events.onStep();
  }

  /** A service's index moves when its health answer changes; when the last instance goes, the extinction's. */
  #moveServiceIndexes(): void {
    const answers = this.#answers();
    for (const [name, answer] of answers) if (this.#lastAnswers.get(name) !== answer) this.#move(name);
    for (const name of this.#lastAnswers.keys()) {
      if (answers.has(name)) continue;
      this.#indexes.delete(name);
      this.#move('service_last_extinction');
    }
    this.#lastAnswers = answers;
  }

  /** The health answers of all services and of all Connect targets, as text, by the names of their indexes. */
  #answers(): Map<string, string> {
    const answers = new Map<string, string>();
    for (const { service } of this.services) {
      const target = connectTarget(service);
      answers.set(`service.${lower(service.Service)}`, text(this.health(service.Service, false)));
      if (target !== undefined) answers.set(`connect.${lower(target)}`, text(this.health(target, true)));
    }
    return answers;
  }

  /** The instances of a service, or those through which it is reached over Connect, with their checks. */
  health(name: string, connect: boolean) {
    const rows = this.services.filter(({ service }) =>
      same(connect ? connectTarget(service) : service.Service, name),
    );
    return inOrder(rows, ({ node, service }) => [node, service.ID]).flatMap(({ node, service }) => {
      const own = this.checks.filter((check) => same(check.Node, node));
      const checks = inOrder(own, ({ CheckID }) => [CheckID]);
      return this.nodes
        .filter(({ Node }) => same(Node, node))
        .map((Node) => ({
          Node,
          Service: service,
          Checks: [
            ...checks.filter(({ ServiceID }) => ServiceID === ''),
            ...checks.filter(({ ServiceID }) => ServiceID !== '' && same(ServiceID, service.ID)),
          ],
        }));
    });
  }
}

function connectTarget(service: NodeService): string | undefined {
  if (service.Kind === 'connect-proxy') return service.Proxy.DestinationServiceName;
  return service.Connect.Native ? service.Service : undefined;
}

function lower(value: string): string {
  return value.toLowerCase();
}

export function same(a: string | undefined, b: string): boolean {
  return a?.toLowerCase() === b.toLowerCase();
}

/** A copy in the order of the parts' lower case. */
export function inOrder<T>(rows: readonly T[], partsOf: (row: T) => readonly string[]): T[] {
  const keyOf = (row: T) =>
    partsOf(row)
      .map((part) => `${lower(part)}\0`)
      .join('');
  return [...rows].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

function withoutIndexes(row: object): object {
  return { ...row, CreateIndex: undefined, ModifyIndex: undefined };
}

function named(what: string, reason: string | undefined): string | undefined {
  return reason === undefined ? undefined : `${what}: ${reason}`;
}

/** The content as text, with the keys in order. */
function text(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === 'bigint') return `${part}n`;
    return part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part;
  });
}
