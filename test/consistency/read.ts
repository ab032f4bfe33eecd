import {
  checksOfSlot,
  type InstanceState,
  ownService,
  type ShownCheck,
  type SlotNode,
  type SlotState,
  slotOfNode,
} from './slot.ts';

/** One question, and what of it each slot is answerable for. */
export interface Read {
  /** Path and query. */
  readonly target: string;
  /** What the answer shows of a slot that is in this state, sorted. */
  readonly expected: (slot: number, state: SlotState) => readonly string[];
  /** What an answer shows, in no order. Nodes that are not of the run are left out. */
  readonly observed: (body: unknown) => readonly Shown[];
}

/** One line of what an answer shows. */
export interface Shown {
  readonly slot: number;
  readonly text: string;
}

/** Which instances a question asks for, beside the service's name. */
export interface Choice {
  readonly query: string;
  readonly fits: (node: SlotNode, instance: InstanceState, checks: readonly ShownCheck[]) => boolean;
}

interface NodeJson {
  readonly Node: string;
  readonly Meta: Readonly<Record<string, string>> | null;
}
interface ServiceJson {
  readonly Service: string;
  readonly Tags: readonly string[] | null;
  readonly Meta: Readonly<Record<string, string>> | null;
}
interface CheckJson {
  readonly Node: string;
  readonly CheckID: string;
  readonly Status: string;
  readonly Output: string;
  readonly ServiceName: string;
}

/** GET /v1/health/service/NAME. */
export function healthOf(service: string, { query, fits }: Choice): Read {
  return {
    target: `/v1/health/service/${service}${query}`,
    expected: (slot, state) => {
      const instance = state.instances.get(service);
      const { node } = state;
      if (instance === undefined || node === undefined) return [];
      const checks = checksOfSlot(slot, state).filter((check) => ['', service].includes(check.service));
      if (!fits(node, instance, checks)) return [];
      return [`${nodeText(node)} ${instanceText(service, instance)} ${checksText(checks.map(checkText))}`];
    },
    observed: (body) =>
      (body as { Node: NodeJson; Service: ServiceJson; Checks: readonly CheckJson[] }[]).flatMap(
        ({ Node, Service, Checks }) =>
          shownOf(
            Node.Node,
            `${nodeJsonText(Node)} ${serviceJsonText(Service)} ${checksText(checkTexts(Checks))}`,
          ),
      ),
  };
}

/** GET /v1/catalog/service/NAME. */
export function catalogOf(service: string, { query, fits }: Choice): Read {
  interface Row {
    readonly Node: string;
    readonly NodeMeta: NodeJson['Meta'];
    readonly ServiceName: string;
    readonly ServiceTags: ServiceJson['Tags'];
    readonly ServiceMeta: ServiceJson['Meta'];
  }
  return {
    target: `/v1/catalog/service/${service}${query}`,
    expected: (_slot, { node, instances }) => {
      const instance = instances.get(service);
      if (instance === undefined || node === undefined || !fits(node, instance, [])) return [];
      return [`${nodeText(node)} ${instanceText(service, instance)}`];
    },
    observed: (body) =>
      (body as Row[]).flatMap(({ Node, NodeMeta, ServiceName, ServiceTags, ServiceMeta }) =>
        shownOf(
          Node,
          `${nodeJsonText({ Node, Meta: NodeMeta })} ${serviceJsonText({ Service: ServiceName, Tags: ServiceTags, Meta: ServiceMeta })}`,
        ),
      ),
  };
}

/** GET /v1/catalog/nodes. */
export function nodesOf(query: string, fits: (node: SlotNode) => boolean): Read {
  return {
    target: `/v1/catalog/nodes${query}`,
    expected: (_slot, { node }) => (node !== undefined && fits(node) ? [nodeText(node)] : []),
    observed: (body) => (body as NodeJson[]).flatMap((row) => shownOf(row.Node, nodeJsonText(row))),
  };
}

/** GET /v1/catalog/node/NAME. */
export function nodeOf(name: string, query = ''): Read {
  return {
    target: `/v1/catalog/node/${name}${query}`,
    expected: (_slot, { node, instances }) => {
      if (node?.name !== name) return [];
      const services = [...instances].map(([service, instance]) => instanceText(service, instance));
      return [`${nodeText(node)} ${checksText(services)}`];
    },
    observed: (body) => {
      const found = body as { Node: NodeJson; Services: Record<string, ServiceJson> } | null;
      if (found === null) return [];
      const services = serviceTexts(Object.values(found.Services));
      return shownOf(found.Node.Node, `${nodeJsonText(found.Node)} ${checksText(services)}`);
    },
  };
}

/** A list of checks: GET /v1/health/state/STATE, /v1/health/node/NAME and /v1/health/checks/NAME. */
export function checkList(target: string, fits: (check: ShownCheck, node: SlotNode) => boolean): Read {
  return {
    target,
    expected: (slot, state) => {
      const { node } = state;
      if (node === undefined) return [];
      return checksOfSlot(slot, state)
        .filter((check) => fits(check, node))
        .map((check) => `${node.name} ${checkText(check)}`)
        .toSorted();
    },
    observed: (body) =>
      (body as CheckJson[])
        .filter(isOfRun)
        .flatMap((check) => shownOf(check.Node, `${check.Node} ${checkJsonText(check)}`)),
  };
}

/** GET /v1/catalog/services: of a slot only the service that no other has. */
export function serviceNames(query = ''): Read {
  return {
    target: `/v1/catalog/services${query}`,
    expected: (slot, { instances }) => {
      const own = instances.get(ownService(slot));
      return own === undefined ? [] : [own.tag];
    },
    observed: (body) =>
      Object.entries(body as Record<string, readonly string[]>).flatMap(([service, tags]) => {
        const slot = /^own-(\d+)$/.exec(service)?.[1];
        return slot === undefined ? [] : [{ slot: Number(slot), text: tags.join() }];
      }),
  };
}

/** GET /v1/internal/ui/nodes. */
export function pageNodes(query = ''): Read {
  return {
    target: `/v1/internal/ui/nodes${query}`,
    expected: (slot, state) => {
      const { node, instances } = state;
      if (node === undefined) return [];
      const services = [...instances].map(([service, instance]) => instanceText(service, instance));
      const checks = checksOfSlot(slot, state).map(checkText);
      return [`${nodeText(node)} ${checksText(services)} ${checksText(checks)}`];
    },
    observed: (body) =>
      (
        body as (NodeJson & {
          readonly Services: readonly ServiceJson[] | null;
          readonly Checks: readonly CheckJson[] | null;
        })[]
      ).flatMap((row) => {
        const services = serviceTexts(row.Services ?? []);
        const checks = checkTexts(row.Checks ?? []);
        return shownOf(row.Node, `${nodeJsonText(row)} ${checksText(services)} ${checksText(checks)}`);
      }),
  };
}

function shownOf(node: string, text: string): readonly Shown[] {
  const slot = slotOfNode(node);
  return slot === undefined ? [] : [{ slot, text }];
}

function nodeText({ name, version, color }: SlotNode): string {
  return `${name} v${version} ${color}`;
}

function nodeJsonText({ Node, Meta }: NodeJson): string {
  return `${Node} v${Meta?.['v']} ${Meta?.['color']}`;
}

function instanceText(service: string, { version, tag }: InstanceState): string {
  return `${service} v${version} ${tag}`;
}

function serviceJsonText({ Service, Tags, Meta }: ServiceJson): string {
  return `${Service} v${Meta?.['v']} ${Tags?.join()}`;
}

function checkText({ id, service, status, output }: ShownCheck): string {
  return `${id}/${service}=${status}(${output})`;
}

function checkJsonText({ CheckID, ServiceName, Status, Output }: CheckJson): string {
  return `${CheckID}/${ServiceName}=${Status}(${Output})`;
}

/** What the agent's own node has of itself is left out. */
function isOfRun({ CheckID }: CheckJson): boolean {
  return CheckID !== 'serfHealth';
}

function checkTexts(checks: readonly CheckJson[]): readonly string[] {
  return checks.filter(isOfRun).map(checkJsonText);
}

function serviceTexts(services: readonly ServiceJson[]): readonly string[] {
  return services.filter(({ Service }) => Service !== 'consul').map(serviceJsonText);
}

/** The order of checks and services on a node says nothing here. */
function checksText(texts: readonly string[]): string {
  return `[${texts.toSorted().join(' ')}]`;
}
