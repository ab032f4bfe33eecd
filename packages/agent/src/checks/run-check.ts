import type { SecureContext } from 'node:tls';
import { type CheckTls, checkTlsContext, type OwnCheckTls } from '../tls/check-tls.ts';
import type { PeriodicCheck } from './kinds.ts';
import type { RunResult } from './result.ts';
import { type DockerRunnerOptions, runDocker } from './run-docker.ts';
import { type GrpcModule, runGrpc } from './run-grpc.ts';
import { runHttp } from './run-http.ts';
import { runScript, type ScriptRunnerOptions } from './run-script.ts';
import { runTcp } from './run-tcp.ts';

/** What the runs of an agent's checks share. */
export interface CheckRunnerOptions extends ScriptRunnerOptions, Pick<DockerRunnerOptions, 'dockerHost'> {
  /** Default: the authorities of Node. */
  readonly tls?: CheckTls;
  /** Milliseconds since 1970, for the validity of certificates. */
  readonly wallMs: () => number;
}

/** @throws when npm has left the package out, which is an optional one. */
async function loadGrpc(): Promise<GrpcModule> {
  try {
    return await import('@grpc/grpc-js');
  } catch (error) {
    throw new Error('gRPC checks need the package @grpc/grpc-js, which cannot be loaded here', {
      cause: error,
    });
  }
}

/** Runs checks of every kind, each over a connection of its own or in a program of its own. */
export function checkRunner({
  tls = {},
  wallMs,
  dockerHost,
  ...programs
}: CheckRunnerOptions): (check: PeriodicCheck, signal: AbortSignal) => Promise<RunResult> {
  let known: { readonly own: OwnCheckTls | undefined; readonly context: SecureContext } | undefined;
  const tlsContext = (): SecureContext => {
    const own = tls.own?.();
    if (known === undefined || known.own !== own) known = { own, context: checkTlsContext(tls, own) };
    return known.context;
  };
  const http = { tlsContext, peerName: () => tls.own?.()?.peerName, wallMs };
  const grpc = { ...http, loadGrpc };
  const docker = { tlsContext, wallMs, dockerHost, log: programs.log };
  return (check, signal) => {
    switch (check.kind) {
      case 'http':
        return runHttp(check, http, signal);
      case 'tcp':
        return runTcp(check, signal);
      case 'grpc':
        return runGrpc(check, grpc, signal);
      case 'docker':
        return runDocker(check, docker, signal);
      case 'script':
        return runScript(check, programs, signal);
    }
  };
}
