import type { SecureContext } from 'node:tls';
import { type CheckTls, checkTlsContext } from './check-tls.ts';
import type { PeriodicCheck } from './definition.ts';
import type { CheckResult } from './result.ts';
import { runHttp } from './run-http.ts';
import { runTcp } from './run-tcp.ts';

/** What the runs of an agent's checks share. */
export interface CheckRunnerOptions {
  /** Default: the authorities of Node. */
  readonly tls?: CheckTls;
  /** Milliseconds since 1970, for the validity of certificates. */
  readonly wallMs: () => number;
}

/** Runs checks of every kind, each over a connection of its own. */
export function checkRunner({
  tls = {},
  wallMs,
}: CheckRunnerOptions): (check: PeriodicCheck, signal: AbortSignal) => Promise<CheckResult> {
  let context: SecureContext | undefined;
  const tlsContext = (): SecureContext => {
    context ??= checkTlsContext(tls);
    return context;
  };
  const http = { tlsContext, wallMs };
  return (check, signal) => (check.kind === 'http' ? runHttp(check, http, signal) : runTcp(check, signal));
}
