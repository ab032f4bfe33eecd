/**
 * A slot is one node of the run: what is registered on it belongs to one writer, so that its states follow each other in
 * the order of their writes. Pure.
 */

export const checkStatuses = ['passing', 'warning', 'critical'] as const;
export type CheckStatus = (typeof checkStatuses)[number];
export type Color = 'blue' | 'green';

export interface InstanceState {
  /** Another at every change of the instance. */
  readonly version: number;
  readonly tag: Color;
  readonly status: CheckStatus;
  /** 0 for none. */
  readonly output: number;
  readonly inMaintenance: boolean;
}

/** What the catalog has of a slot. */
export interface SlotState {
  /** Undefined while the node is not registered. */
  readonly node:
    | {
        readonly name: string;
        readonly version: number;
        readonly color: Color;
        readonly status: CheckStatus;
        readonly inMaintenance: boolean;
      }
    | undefined;
  readonly instances: ReadonlyMap<string, InstanceState>;
}

export type SlotNode = NonNullable<SlotState['node']>;

export const emptySlot: SlotState = { node: undefined, instances: new Map() };

/** Names that every slot may have an instance of; beside these each has one of its own. */
export const sharedServices = ['web', 'api', 'db'] as const;

export function ownService(slot: number): string {
  return `own-${slot}`;
}

export function servicesOf(slot: number): readonly string[] {
  return [...sharedServices, ownService(slot)];
}

/** A node has one of two names, and moves between them. */
export function nodeNames(slot: number): readonly [string, string] {
  return [`slot-${slot}-a`, `slot-${slot}-b`];
}

/** The slot of a node's name; undefined for nodes that are not of the run. */
export function slotOfNode(name: string): number | undefined {
  const slot = /^slot-(\d+)-[ab]$/.exec(name)?.[1];
  return slot === undefined ? undefined : Number(slot);
}

export function instanceId(slot: number, service: string): string {
  return `${service}-${slot}`;
}

/** One check as answers show it. */
export interface ShownCheck {
  readonly id: string;
  /** '' for a check of the node. */
  readonly service: string;
  readonly status: CheckStatus;
  readonly output: string;
}

export function outputText(output: number): string {
  return output === 0 ? '' : `output ${output}`;
}

/** Every check of a slot. */
export function checksOfSlot(slot: number, state: SlotState): readonly ShownCheck[] {
  const { node, instances } = state;
  if (node === undefined) return [];
  const checks: ShownCheck[] = [{ id: 'node-check', service: '', status: node.status, output: '' }];
  if (node.inMaintenance)
    checks.push({ id: '_node_maintenance', service: '', status: 'critical', output: '' });
  for (const [service, { status, output, inMaintenance }] of instances) {
    const id = instanceId(slot, service);
    checks.push({ id: `service:${id}`, service, status, output: outputText(output) });
    if (inMaintenance)
      checks.push({ id: `_service_maintenance:${id}`, service, status: 'critical', output: '' });
  }
  return checks;
}
