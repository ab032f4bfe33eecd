import { isSame } from '@hobnob/catalog';
import type { HealthCheck, NodeRecord, NodeService, RegisterRequest } from '@hobnob/catalog/records';
import type { LocalState } from './local-state.ts';
import { isSameCheck, isSameService } from './same-records.ts';

/** What the catalog has for this node. */
export interface CatalogView {
  /** Null when the catalog does not know the node. */
  readonly node: NodeRecord | null;
  readonly services: readonly NodeService[];
  readonly checks: readonly HealthCheck[];
}

/** The leader's own, which agents leave alone. */
const leadersService = 'consul';
const leadersCheck = 'serfHealth';

/** What a comparison found beside what it marked. */
export interface Findings {
  /** Services that got other tags from the catalog. */
  readonly retagged: readonly string[];
  /** Checks of the catalog that the leader manages. */
  readonly skippedChecks: readonly string[];
}

/**
 * Marks in `state` all that differs from the catalog. This agent is the authority: the catalog is to become as `state`,
 * but for the tags of services with `EnableTagOverride`. Source: consensus-and-rpc.md 7.2.
 */
export function compareWithCatalog(state: LocalState, catalog: CatalogView, own: RegisterRequest): Findings {
  const { node } = catalog;
  state.isNodeInSync =
    node !== null &&
    node.ID === own.ID &&
    isSame(node.TaggedAddresses, own.TaggedAddresses) &&
    isSame(node.Meta, own.NodeMeta);
  return { retagged: compareServices(state, catalog), skippedChecks: compareChecks(state, catalog) };
}

function compareServices(state: LocalState, { services }: CatalogView): readonly string[] {
  const theirs = new Map(services.map((service) => [service.ID, service]));
  const retagged: string[] = [];
  for (const { service } of state.entries.values()) {
    const their = theirs.get(service.ID);
    if (their === undefined || !service.EnableTagOverride || isSame(their.Tags, service.Tags)) continue;
    state.overrideTags(service.ID, their.Tags);
    retagged.push(service.ID);
  }
  for (const [id, entry] of state.entries) {
    const their = theirs.get(id);
    if (their !== undefined && isSameService(their, entry.service)) state.syncedService(entry);
    else state.staleServices.add(id);
  }
  for (const id of theirs.keys()) {
    if (state.entries.has(id) || id === leadersService || state.removedServices.has(id)) continue;
    state.removedServices.set(id, { token: '', serviceId: id });
  }
  return retagged;
}

function compareChecks(state: LocalState, { checks }: CatalogView): readonly string[] {
  const theirs = new Map(checks.map((check) => [check.CheckID, check]));
  const skipped: string[] = [];
  for (const [id, { record }] of state.checks) {
    const their = theirs.get(id);
    const ignoreOutput = state.hasDeferredOutput(id);
    if (their !== undefined && isSameCheck(their, record, { ignoreOutput })) state.staleChecks.delete(id);
    else state.staleChecks.add(id);
    if (their !== undefined && their.ServiceID !== record.ServiceID) state.foundElsewhere(id);
  }
  for (const [id, { ServiceID }] of theirs) {
    if (state.checks.has(id)) continue;
    const removal = state.removedChecks.get(id);
    if (removal !== undefined) {
      // It may belong to another service there; the removal of the one it had here would not remove it.
      if (removal.serviceId !== ServiceID) state.removedChecks.set(id, { ...removal, serviceId: ServiceID });
    } else if (id === leadersCheck) skipped.push(id);
    else state.removedChecks.set(id, { token: '', serviceId: ServiceID });
  }
  return skipped;
}
