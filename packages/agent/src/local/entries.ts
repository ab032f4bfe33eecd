import type { CheckType, HealthCheck, NodeService } from '@hobnob/catalog/records';
import type { CheckTransition, LocalCheck, RegistrationSource } from './local-port.ts';

/** A service that is registered here. Replaced as a whole when it changes. */
export interface ServiceEntry {
  readonly service: NodeService;
  readonly token: string;
  readonly source: RegistrationSource;
}

/** A check that is registered here. Replaced as a whole when it changes. */
export interface CheckEntry extends LocalCheck {
  readonly token: string;
  readonly source: RegistrationSource;
  /** Undefined for the checks of maintenance modes, which nothing runs. */
  readonly fields: CheckType | undefined;
}

/** What a check starts with. */
export type NewCheck = Pick<CheckEntry, 'record' | 'fields' | 'definition' | 'token' | 'source'>;

/** How many changes of a check's status are kept. */
const transitionsMax = 10;

/** A check that is registered; one with the same id before it keeps its history. */
export function checkEntry(check: NewCheck, before: CheckEntry | undefined, wallMs: number): CheckEntry {
  const { checkedAtMs, changedAtMs, transitions } = before ?? {
    checkedAtMs: undefined,
    changedAtMs: wallMs,
    transitions: [],
  };
  const { record, fields, definition, token, source } = check;
  const entry = { record, fields, definition, token, source, checkedAtMs, changedAtMs, transitions };
  if (before === undefined || before.record.Status === record.Status) return entry;
  return { ...entry, ...changed(entry, wallMs) };
}

/** The entry after a result. */
export function withResult(
  entry: CheckEntry,
  { status, output }: { readonly status: string; readonly output: string },
  wallMs: number,
): CheckEntry {
  const { record } = entry;
  if (record.Status === status) {
    const same = record.Output === output ? record : { ...record, Output: output };
    return { ...entry, record: same, checkedAtMs: wallMs };
  }
  const next = { ...entry, record: { ...record, Status: status, Output: output }, checkedAtMs: wallMs };
  return { ...next, ...changed(next, wallMs) };
}

function changed(
  { record, transitions }: { readonly record: HealthCheck; readonly transitions: readonly CheckTransition[] },
  atMs: number,
): Pick<LocalCheck, 'changedAtMs' | 'transitions'> {
  const transition = { atMs, status: record.Status, output: record.Output };
  return { changedAtMs: atMs, transitions: [...transitions, transition].slice(-transitionsMax) };
}
