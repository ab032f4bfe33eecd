/** The states of a check, best first. */
export type CheckStatus = 'passing' | 'warning' | 'critical';

const statuses: ReadonlySet<string> = new Set<CheckStatus>(['passing', 'warning', 'critical']);

/** Whether a text of a client names a state. Case counts. Source: Consul structs.ValidStatus. */
export function isCheckStatus(text: string): text is CheckStatus {
  return statuses.has(text);
}

/** What one run of a check found. */
export interface CheckResult {
  readonly status: CheckStatus;
  readonly output: string;
}
