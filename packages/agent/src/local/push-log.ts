import { CatalogError } from '@hobnob/catalog';
import { messageOf } from '@hobnob/gossip/files';
import type { AgentLogger } from '../ports.ts';
import type { Push } from './pushes.ts';

/** Consul's lines for each kind of push: when it was made, when it failed, and when the token may not make it. */
const lines: Readonly<
  Record<Push['kind'], { readonly done: string; readonly failed: string; readonly denied: string }>
> = {
  node: {
    done: 'Synced node info',
    failed: 'Syncing node info failed.',
    denied: 'Node info update blocked by ACLs',
  },
  service: {
    done: 'Synced service',
    failed: 'Syncing service failed.',
    denied: 'Service registration blocked by ACLs',
  },
  check: {
    done: 'Synced check',
    failed: 'Syncing check failed.',
    denied: 'Check registration blocked by ACLs',
  },
  'lose-service': {
    done: 'Deregistered service',
    failed: 'Deregistering service failed.',
    denied: 'Service deregistration blocked by ACLs',
  },
  'lose-check': {
    done: 'Deregistered check',
    failed: 'Deregistering check failed.',
    denied: 'Check deregistration blocked by ACLs',
  },
};

/**
 * What became of a push. `denied`: the token may not make it, so that repeating it is of no use until something changes.
 * `refused`: this one was not accepted. `unreachable`: none would be accepted now.
 */
export type PushOutcome = 'done' | 'denied' | 'refused' | 'unreachable';

/** What an error of the catalog means for a push. */
export function outcomeOf(error: unknown, push: Push): PushOutcome {
  const text = messageOf(error);
  if (/Permission denied|ACL not found/.test(text)) return 'denied';
  // The catalog has lost already what it should lose.
  if (isLoss(push) && /Unknown (service|check)/.test(text)) return 'done';
  return error instanceof CatalogError && error.code === 'CATALOG_REFUSED' ? 'refused' : 'unreachable';
}

function isLoss({ kind }: Push): boolean {
  return kind === 'lose-service' || kind === 'lose-check';
}

/** Logs a push as Consul does. @param error of one that failed. */
export function logPush(log: AgentLogger, push: Push, outcome: PushOutcome, error?: unknown): void {
  const { done, failed, denied } = lines[push.kind];
  const subject = subjectOf(push);
  if (outcome === 'done') log.info(subject, done);
  else if (outcome === 'denied') log.warn(subject, denied);
  else log.warn({ ...subject, error: messageOf(error) }, failed);
}

function subjectOf(push: Push): Readonly<Record<string, string>> {
  switch (push.kind) {
    case 'node':
      return {};
    case 'service':
    case 'lose-service':
      return { service: push.id };
    case 'check':
    case 'lose-check':
      return { check: push.id };
  }
}
