import { create, DeregisterRequest, type RegisterRequest } from '@hobnob/catalog/records';
import type { CheckEntry, ServiceEntry } from './entries.ts';
import type { LocalState } from './local-state.ts';
import type { Removal } from './removals.ts';

/** One request to the catalog, and what the state notes when it has succeeded. */
export type Push =
  | { readonly kind: 'node'; readonly request: RegisterRequest }
  | {
      readonly kind: 'service';
      readonly id: string;
      readonly request: RegisterRequest;
      readonly entry: ServiceEntry;
      readonly checks: readonly CheckEntry[];
    }
  | {
      readonly kind: 'check';
      readonly id: string;
      readonly request: RegisterRequest;
      readonly entry: CheckEntry;
    }
  | {
      readonly kind: 'lose-service' | 'lose-check';
      readonly id: string;
      readonly request: DeregisterRequest;
      readonly removal: Removal;
    };

/**
 * What the catalog lacks, in Consul's order: the node, services with their checks, and then the other checks. Each push
 * is made when the caller asks for it, from the state of that moment; what becomes stale meanwhile is not among them.
 * @param own registers the node itself. Source: consensus-and-rpc.md 7.2.
 */
export function* duePushes(state: LocalState, own: RegisterRequest): Generator<Push, void, undefined> {
  if (!state.isNodeInSync) yield { kind: 'node', request: own };
  for (const [id, removal] of [...state.removedServices]) {
    if (state.removedServices.get(id) === removal) yield loseService(id, removal, own);
  }
  for (const id of [...state.staleServices]) {
    const push = pushService(state, id, own);
    if (push !== undefined) yield push;
  }
  for (const [id, removal] of [...state.removedChecks]) {
    if (state.removedChecks.get(id) === removal) yield loseCheck(id, removal, own);
  }
  for (const id of [...state.staleChecks]) {
    const push = pushCheck(state, id, own);
    if (push !== undefined) yield push;
  }
}

/** Notes in `state` that the catalog has what a push was about. */
export function pushed(state: LocalState, push: Push): void {
  switch (push.kind) {
    case 'node':
      state.isNodeInSync = true;
      return;
    case 'service':
      state.syncedService(push.entry);
      for (const check of push.checks) state.syncedCheck(check);
      return;
    case 'check':
      state.syncedCheck(push.entry);
      return;
    case 'lose-service':
      state.lostService(push.id, push.removal);
      return;
    case 'lose-check':
      state.lostCheck(push.id, push.removal);
      return;
  }
}

function pushService(state: LocalState, id: string, own: RegisterRequest): Push | undefined {
  const entry = state.staleServices.has(id) ? state.entries.get(id) : undefined;
  if (entry === undefined) return undefined;
  // One request has one token.
  const checks = state
    .checksOf(id)
    .filter(({ record, token }) => state.staleChecks.has(record.CheckID) && token === entry.token);
  const records = checks.map(({ record }) => record);
  const request: RegisterRequest = {
    ...own,
    SkipNodeUpdate: true,
    Service: entry.service,
    Checks: records.length === 0 ? null : records,
    Token: entry.token,
  };
  return { kind: 'service', id, request, entry, checks };
}

function pushCheck(state: LocalState, id: string, own: RegisterRequest): Push | undefined {
  const entry = state.staleChecks.has(id) ? state.checks.get(id) : undefined;
  if (entry === undefined) return undefined;
  const service = state.services.get(entry.record.ServiceID) ?? null;
  const request: RegisterRequest = {
    ...own,
    SkipNodeUpdate: true,
    Service: service,
    Check: entry.record,
    Token: entry.token,
  };
  return { kind: 'check', id, request, entry };
}

function loseService(id: string, removal: Removal, { Datacenter, Node }: RegisterRequest): Push {
  const request = create(DeregisterRequest, { Datacenter, Node, ServiceID: id, Token: removal.token });
  return { kind: 'lose-service', id, request, removal };
}

function loseCheck(id: string, removal: Removal, { Datacenter, Node }: RegisterRequest): Push {
  const request = create(DeregisterRequest, { Datacenter, Node, CheckID: id, Token: removal.token });
  return { kind: 'lose-check', id, request, removal };
}
