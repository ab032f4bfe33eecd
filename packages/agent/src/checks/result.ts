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

/** What a run of a check found, as its driver takes it. */
export interface RunResult extends CheckResult {
  /** Whether the result is published whatever the thresholds say, and counts for none of them. Default: no. */
  readonly skipsThresholds?: boolean;
  /** Settles when nothing of the run is left; the next run does not begin before. Default: with the result. */
  readonly ended?: Promise<void>;
}

/** What a run is aborted with when it took too long. */
export function timeoutReason(): DOMException {
  return new DOMException('the check took too long', 'TimeoutError');
}

/** Whether a run was aborted because it took too long, and not because its check was removed. */
export function isTimeout({ aborted, reason }: AbortSignal): boolean {
  return aborted && reason instanceof DOMException && reason.name === 'TimeoutError';
}
