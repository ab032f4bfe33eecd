import { AgentError } from '../errors.ts';

/**
 * A check as clients and files define it, with the names of Consul's API. Absent fields have Go's zero values; durations
 * are in nanoseconds.
 */
export interface CheckFields {
  /** In a registration of the check alone. */
  readonly ID?: string;
  /** In a registration of a service. */
  readonly CheckID?: string;
  readonly Name?: string;
  readonly Notes?: string;
  readonly Status?: string;
  readonly ServiceID?: string;
  readonly ScriptArgs?: readonly string[] | null;
  readonly HTTP?: string;
  readonly Header?: Readonly<Record<string, readonly string[] | null>> | null;
  readonly Method?: string;
  readonly Body?: string;
  readonly TCP?: string;
  readonly UDP?: string;
  readonly GRPC?: string;
  readonly GRPCUseTLS?: boolean;
  readonly AliasNode?: string;
  readonly AliasService?: string;
  readonly DockerContainerID?: string;
  readonly Shell?: string;
  readonly TLSSkipVerify?: boolean;
  readonly Interval?: bigint;
  readonly Timeout?: bigint;
  readonly TTL?: bigint;
  readonly DeregisterCriticalServiceAfter?: bigint;
  readonly SuccessBeforePassing?: number;
  readonly FailuresBeforeCritical?: number;
  readonly OutputMaxSize?: number;
}

/** Whether a text is given and not empty. */
export function hasField(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}

/** Whether no field of a definition differs from its zero value. An empty list or map is no zero value. */
export function isEmptyCheck(fields: CheckFields): boolean {
  return Object.values(fields).every(
    (value) =>
      value === undefined || value === null || value === '' || value === false || value === 0 || value === 0n,
  );
}

function isScript({ ScriptArgs }: CheckFields): boolean {
  return (ScriptArgs ?? []).length > 0;
}

function isAlias({ AliasNode, AliasService }: CheckFields): boolean {
  return hasField(AliasNode) || hasField(AliasService);
}

/**
 * Refuses definitions that Consul refuses, in its order and words. Source: Consul structs.CheckType.Validate; UDP as the
 * later versions that have it.
 * @throws AgentError AGENT_CHECK.
 */
export function validateFields(fields: CheckFields): void {
  const fault = faultOf(fields);
  if (fault !== undefined) throw new AgentError('AGENT_CHECK', `Invalid check: ${fault}`);
}

function faultOf(fields: CheckFields): string | undefined {
  const { Interval = 0n, TTL = 0n, OutputMaxSize = 0 } = fields;
  const needsInterval = isScript(fields) || [fields.HTTP, fields.TCP, fields.GRPC, fields.UDP].some(hasField);
  if (Interval > 0n && TTL > 0n) return 'Interval and TTL cannot both be specified';
  if (needsInterval && Interval <= 0n) return 'Interval must be > 0 for Script, HTTP, or TCP checks';
  if (needsInterval && isAlias(fields)) return 'Interval cannot be set for Alias checks';
  if (isAlias(fields) && TTL > 0n) return 'TTL must be not be set for Alias checks';
  if (!needsInterval && !isAlias(fields) && TTL <= 0n) return 'TTL must be > 0 for TTL checks';
  if (OutputMaxSize < 0) return 'MaxOutputMaxSize must be positive';
  return undefined;
}

/** The `Type` of a check's record. Source: Consul structs.CheckType.Type. */
export function typeOf(fields: CheckFields): string {
  if (hasField(fields.GRPC)) return 'grpc';
  if (hasField(fields.HTTP)) return 'http';
  if ((fields.TTL ?? 0n) > 0n) return 'ttl';
  if (hasField(fields.TCP)) return 'tcp';
  if (isAlias(fields)) return 'alias';
  if (isScript(fields)) return hasField(fields.DockerContainerID) ? 'docker' : 'script';
  return hasField(fields.UDP) ? 'udp' : '';
}
