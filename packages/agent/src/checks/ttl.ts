import { quote } from '@hobnob/catalog/go';
import { limitTtlOutput } from './output.ts';
import { type CheckResult, type CheckStatus, isCheckStatus } from './result.ts';

/** A TTL check between two updates of its client. */
export interface Ttl {
  /** When it expires; undefined after that, until the next update. */
  readonly expiresAtMs: number | undefined;
  /** The output of the last update; '' without one. */
  readonly lastOutput: string;
}

/** The rules of one TTL check. */
export interface TtlLimits {
  readonly ttlMs: number;
  readonly outputBytesMax: number;
}

/** A TTL check that was just registered, loaded from disk or registered again: the whole TTL is ahead. */
export function startTtl({ ttlMs }: TtlLimits, nowMs: number): Ttl {
  return { expiresAtMs: nowMs + ttlMs, lastOutput: '' };
}

/** A TTL check after a change, and the result to publish. */
export interface TtlStep {
  readonly ttl: Ttl;
  readonly result: CheckResult;
}

/** An update of the client: its output is limited, and the TTL begins anew. */
export function updateTtl(limits: TtlLimits, update: CheckResult, nowMs: number): TtlStep {
  const output = limitTtlOutput(update.output, limits.outputBytesMax);
  return {
    ttl: { expiresAtMs: nowMs + limits.ttlMs, lastOutput: output },
    result: { status: update.status, output },
  };
}

/** What follows when no update came in time. The last output is kept for the text of later expiries. */
export function expireTtl({ lastOutput }: Ttl): TtlStep {
  const output =
    lastOutput === '' ? 'TTL expired' : `TTL expired (last output before timeout follows): ${lastOutput}`;
  return { ttl: { expiresAtMs: undefined, lastOutput }, result: { status: 'critical', output } };
}

/** What Consul answers to an update of a check that is no TTL check. */
export function noTtlText(checkId: string): string {
  return `CheckID ${quote(checkId)} does not have associated TTL`;
}

/** The state of a TTL check on disk, in Consul's own file. `Expires` is in seconds since 1970. */
export interface PersistedTtl {
  readonly CheckID: string;
  readonly Output: string;
  readonly Status: string;
  readonly Expires: number;
}

/** The state to write after an update. Source: Consul agent.persistCheckState. */
export function persistedTtl(
  checkId: string,
  { status, output }: CheckResult,
  { ttlMs }: TtlLimits,
  wallSeconds: number,
): PersistedTtl {
  return {
    CheckID: checkId,
    Output: output,
    Status: status,
    Expires: Math.floor(wallSeconds + ttlMs / 1000),
  };
}

/**
 * The result that a restarted agent shows, or undefined when the state on disk has expired or has no known status. The
 * TTL itself begins anew: a client that is alive gets its full TTL to report. Source: Consul agent.loadCheckState.
 */
export function restoreTtl(persisted: PersistedTtl, wallSeconds: number): CheckResult | undefined {
  const { Status, Output, Expires } = persisted;
  const status: CheckStatus | undefined = isCheckStatus(Status) ? Status : undefined;
  if (status === undefined || Math.floor(wallSeconds) >= Expires) return undefined;
  return { status, output: Output };
}
