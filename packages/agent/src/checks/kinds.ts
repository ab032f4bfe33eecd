import type { CheckStatus } from './result.ts';

/** What every check has. */
export interface CheckCommon {
  readonly id: string;
  readonly name: string;
  readonly notes: string;
  /** The `Type` of the check's record; with several kinds in one definition not always the kind that runs. */
  readonly type: string;
  /** '' for a check of the node. */
  readonly serviceId: string;
  /** The state before the first result. */
  readonly initialStatus: CheckStatus;
  /** How many bytes of output are kept. */
  readonly outputBytesMax: number;
  /** After how long in critical the check's service is removed; undefined for never. */
  readonly deregisterCriticalAfterMs: number | undefined;
}

/** What every check has that runs again and again. */
export interface PeriodicCommon extends CheckCommon {
  /** From the end of one run to the start of the next. */
  readonly intervalMs: number;
  /** How long a run may take. */
  readonly timeoutMs: number;
  readonly successBeforePassing: number;
  readonly failuresBeforeCritical: number;
}

/** A check that sends an HTTP request. */
export interface HttpCheck extends PeriodicCommon {
  readonly kind: 'http';
  /** As it was registered: it may be no URL, which every run reports then. */
  readonly url: string;
  /** As it was registered; GET unless given. */
  readonly method: string;
  /** Header fields by their names as they were registered. */
  readonly headers: readonly (readonly [name: string, values: readonly string[]])[];
  readonly body: string;
  readonly skipsTlsVerification: boolean;
}

/** A check that opens a connection. */
export interface TcpCheck extends PeriodicCommon {
  readonly kind: 'tcp';
  /** `host:port` as it was registered. */
  readonly address: string;
}

/** A check that asks gRPC's health service. */
export interface GrpcCheck extends PeriodicCommon {
  readonly kind: 'grpc';
  /** `host:port`, or with `/SERVICE`, as it was registered. */
  readonly target: string;
  /** `host:port`. */
  readonly address: string;
  /** The service that is asked for; '' for the server as a whole. */
  readonly service: string;
  readonly usesTls: boolean;
  readonly skipsTlsVerification: boolean;
}

/** A check that runs a program. */
export interface ScriptCheck extends PeriodicCommon {
  readonly kind: 'script';
  /** The program and its arguments; no shell is between. */
  readonly args: readonly string[];
}

/** A check that runs a program in a container. */
export interface DockerCheck extends PeriodicCommon {
  readonly kind: 'docker';
  readonly containerId: string;
  /** The program and its arguments. */
  readonly args: readonly string[];
}

/** A check that its client reports itself. */
export interface TtlCheck extends CheckCommon {
  readonly kind: 'ttl';
  readonly ttlMs: number;
}

/** A check that follows the checks of a service or node. */
export interface AliasCheck extends CheckCommon {
  readonly kind: 'alias';
  /** '' for this agent. */
  readonly aliasNode: string;
  readonly aliasService: string;
}

/** A check that the driver runs. */
export type PeriodicCheck = HttpCheck | TcpCheck | GrpcCheck | DockerCheck | ScriptCheck;

/** A check whose definition is valid. */
export type CheckDefinition = PeriodicCheck | TtlCheck | AliasCheck;
