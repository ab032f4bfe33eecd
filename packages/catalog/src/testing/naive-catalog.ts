import type {
  CatalogCoordinate,
  CoordinateUpdateRequest,
  DeregisterRequest,
  HealthCheck,
  NodeRecord,
  NodeService,
  RegisterRequest,
} from '../records/index.ts';
import type { Command } from '../store/commands.ts';

/**
 * The catalog as plain lists that are searched from end to end: slow, and simple enough to be right. The store is
 * held against it. Metadata limits and malformed ids are not modelled.
 */
export class NaiveCatalog {
  nodes: NodeRecord[] = [];
  services: { readonly node: string; readonly service: NodeService }[] = [];
  checks: HealthCheck[] = [];
  coordinates: CatalogCoordinate[] = [];
  readonly indexes = new Map<string, number>();
  #index = 0;
  /** What each service's health answer was after the last step, as text. */
  #lastAnswers = new Map<string, string>();

  /** Returns the error that the command ends in, and is as before then. */
  apply(index: number, command: Command): string | undefined {
    const before = structuredClone([
      this.nodes,
      this.services,
      this.checks,
      this.coordinates,
      this.indexes,
    ] as const);
    this.#index = index;
    const error = this.#execute(command);
    if (error === undefined) return undefined;
    [this.nodes, this.services, this.checks, this.coordinates] = [...before];
    this.indexes.clear();
    for (const [name, value] of before[4]) this.indexes.set(name, value);
    this.#lastAnswers = this.#answers();
    return error;
  }

  #execute(command: Command): string | undefined {
    if (command.type === 0) return this.#register(command.body);
    if (command.type === 1) this.#deregister(command.body);
    if (command.type === 6) this.#updateCoordinates(command.body);
    return undefined;
  }

  #register(request: RegisterRequest): string | undefined {
    const known = this.nodes.some(({ Node }) => same(Node, request.Node));
    const steps = [
      () => (known && request.SkipNodeUpdate ? undefined : this.#ensureNode(request)),
      () => request.Service && this.#ensureService(request.Node, request.Service),
      () => request.Check && this.#ensureCheck(request.Node, request.Check),
      ...(request.Checks ?? []).map((check) => () => check && this.#ensureCheck(request.Node, check)),
    ];
    for (const step of steps) {
      const error = step();
      if (typeof error === 'string') return error;
      this.#moveServiceIndexes();
    }
    return undefined;
  }

  #ensureNode({
    ID,
    Node,
    Address,
    Datacenter,
    TaggedAddresses,
    NodeMeta,
  }: RegisterRequest): string | undefined {
    const content = { ID, Node, Address, Datacenter, TaggedAddresses, Meta: NodeMeta };
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
          `failed inserting node: Error while renaming Node ID: "${ID}"${address}: Node name ${Node} is reserved by ` +
          `node ${byName.ID} with name ${byName.Node} (${byName.Address})`
        );
      }
      if (byId !== undefined) this.#removeNode(byId.Node);
    }
    const CreateIndex = (byId ?? byName)?.CreateIndex ?? this.#index;
    this.nodes = this.nodes.filter((node) => !same(node.Node, Node));
    this.nodes.push({ ...content, CreateIndex, ModifyIndex: this.#index });
    this.#move('nodes');
    return undefined;
  }

  #ensureService(node: string, given: NodeService): string | undefined {
    if (given.ID === '') {
      return 'failed inserting service: failed inserting service: object missing primary index';
    }
    const existing = this.#serviceOf(node, given.ID);
    const content = { ...given, Weights: given.Weights ?? { Passing: 1, Warning: 1 } };
    const isSame = existing?.node === node && text(withoutIndexes(existing.service)) === text(content);
    if (isSame) return undefined;
    const CreateIndex = existing?.service.CreateIndex ?? this.#index;
    this.services = this.services.filter((row) => row !== existing);
    this.services.push({ node, service: { ...content, CreateIndex, ModifyIndex: this.#index } });
    this.#move('services');
    return undefined;
  }

  #ensureCheck(node: string, given: HealthCheck): string | undefined {
    if (given.Node !== node) return `check node "${given.Node}" does not match node "${node}"`;
    const service = given.ServiceID === '' ? undefined : this.#serviceOf(node, given.ServiceID);
    if (given.ServiceID !== '' && service === undefined) {
      return `failed inserting check: Missing service registration on node "${node}"`;
    }
    if (given.CheckID === '') {
      return `failed inserting check: failed inserting check: object missing primary index on node "${node}"`;
    }
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
      CreateIndex: existing?.CreateIndex ?? this.#index,
      ModifyIndex: isSame ? existing.ModifyIndex : this.#index,
    });
    this.#move('checks');
    return undefined;
  }

  #deregister({ Node, ServiceID, CheckID }: DeregisterRequest): void {
    if (ServiceID !== '') this.#removeService(Node, ServiceID);
    else if (CheckID !== '')
      this.#removeChecks((check) => same(check.Node, Node) && same(check.CheckID, CheckID));
    else this.#removeNode(Node);
    this.#moveServiceIndexes();
  }

  #removeNode(name: string): void {
    const known = this.nodes.some(({ Node }) => same(Node, name));
    if (!known) return;
    for (const { node, service } of this.services)
      if (same(node, name)) this.#removeService(name, service.ID);
    this.#removeChecks((check) => same(check.Node, name));
    if (this.coordinates.some(({ Node }) => same(Node, name))) this.#move('coordinates');
    this.coordinates = this.coordinates.filter(({ Node }) => !same(Node, name));
    this.nodes = this.nodes.filter(({ Node }) => !same(Node, name));
    this.#move('nodes');
  }

  #removeService(node: string, id: string): void {
    const existing = this.#serviceOf(node, id);
    if (existing === undefined) return;
    this.#removeChecks((check) => same(check.Node, node) && same(check.ServiceID, id));
    this.services = this.services.filter((row) => row !== existing);
    this.#move('services');
    this.#move('checks');
  }

  #removeChecks(isGone: (check: HealthCheck) => boolean): void {
    const gone = this.checks.filter(isGone);
    this.checks = this.checks.filter((check) => !isGone(check));
    if (gone.length > 0) this.#move('checks');
    if (gone.some(({ ServiceID }) => ServiceID === '')) this.#move('services');
  }

  #updateCoordinates(updates: readonly CoordinateUpdateRequest[]): void {
    for (const { Node, Segment, Coord } of updates) {
      if (Coord === null || !this.nodes.some((node) => same(node.Node, Node))) continue;
      const others = this.coordinates.filter((row) => !(same(row.Node, Node) && same(row.Segment, Segment)));
      this.coordinates = [...others, { Node, Segment, Coord }];
    }
    this.#move('coordinates');
  }

  #serviceOf(node: string, id: string) {
    return this.services.find((row) => same(row.node, node) && same(row.service.ID, id));
  }

  #move(name: string): void {
    this.indexes.set(name, this.#index);
  }

  /** A service's index moves when its health answer changes; when the last instance goes, the extinction's. */
  #moveServiceIndexes(): void {
    const answers = this.#answers();
    for (const [name, answer] of answers) if (this.#lastAnswers.get(name) !== answer) this.#move(name);
    for (const name of this.#lastAnswers.keys()) {
      if (answers.has(name)) continue;
      this.indexes.delete(name);
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

function same(a: string | undefined, b: string): boolean {
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

/** The content as text, with the keys in order. */
function text(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === 'bigint') return `${part}n`;
    return part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part;
  });
}
