import { durationMs } from '@hobnob/catalog/go';
import { formatGoDuration } from '../config/go-duration.ts';
import { AgentError } from '../errors.ts';
import { type CheckFields, hasField, isScript, typeOf } from './fields.ts';
import type { CheckCommon, CheckDefinition, PeriodicCommon } from './kinds.ts';
import { defaultOutputBytesMax } from './output.ts';
import { type CheckStatus, isCheckStatus } from './result.ts';

/** The settings of the agent that definitions depend on. */
export interface CheckSettings {
  /** `output_max_size`: the upper bound for each check's own. Default 4096. */
  readonly outputBytesMax?: number;
  /** `check_deregister_interval_min`. Default one minute. */
  readonly deregisterMinMs?: number;
  /** Where definitions come from: the HTTP API, or the agent's configuration files. Default `remote`. */
  readonly source?: 'remote' | 'local';
  /** `enable_script_checks`: whether programs run for definitions of the HTTP API. Default false. */
  readonly allowsScripts?: boolean;
  /** `enable_local_script_checks`: whether programs run for definitions of files. Default: as `allowsScripts`. */
  readonly allowsLocalScripts?: boolean;
}

/** A line for the log: a constant message and its fields. */
export interface CheckWarning {
  readonly message: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** A valid definition, and what was changed to make it one. */
export interface ReadCheck {
  readonly definition: CheckDefinition;
  readonly warnings: readonly CheckWarning[];
}

/** Source: Consul checks.MinInterval. */
const intervalMsMin = 1_000;
/** Source: Consul's `check_deregister_interval_min`. */
const deregisterMsMin = 60_000;
/** Source: consensus-and-rpc.md 7.5. */
const defaultTimeoutMs = 10_000;
/** Source: Consul checks.CheckMonitor. */
const defaultScriptTimeoutMs = 30_000;

/** What names a check. */
export interface CheckIdentity {
  readonly id: string;
  readonly name: string;
  readonly serviceId: string;
}

/**
 * Builds the definition of a check whose fields are valid.
 * @throws AgentError AGENT_CHECK_DISABLED for a program that the settings do not allow.
 */
export function buildCheck(fields: CheckFields, identity: CheckIdentity, settings: CheckSettings): ReadCheck {
  if (isScript(fields)) refuseScripts(settings);
  const warnings: CheckWarning[] = [];
  const common: CheckCommon = {
    ...identity,
    notes: fields.Notes ?? '',
    type: typeOf(fields),
    initialStatus: initialStatusOf(fields.Status),
    outputBytesMax: outputBytesOf(fields, settings),
    deregisterCriticalAfterMs: deregisterMsOf(fields, identity.id, settings, warnings),
  };
  return { definition: ofKind(fields, common, warnings), warnings };
}

function initialStatusOf(status: string | undefined): CheckStatus {
  return hasField(status) && isCheckStatus(status) ? status : 'critical';
}

/** A check can only lower the limit of its agent. */
function outputBytesOf({ OutputMaxSize = 0 }: CheckFields, { outputBytesMax }: CheckSettings): number {
  const agentMax = outputBytesMax || defaultOutputBytesMax;
  return OutputMaxSize > 0 ? Math.min(OutputMaxSize, agentMax) : agentMax;
}

function deregisterMsOf(
  { DeregisterCriticalServiceAfter: after }: CheckFields,
  id: string,
  { deregisterMinMs: minMs = deregisterMsMin }: CheckSettings,
  warnings: CheckWarning[],
): number | undefined {
  const afterMs = millisecondsOf(after);
  if (afterMs <= 0) return undefined;
  if (afterMs >= minMs) return afterMs;
  warnings.push(belowMinimum('check has deregister interval below minimum', id, minMs));
  return minMs;
}

function belowMinimum(message: string, id: string, minMs: number): CheckWarning {
  return { message, fields: { check: id, minimum_interval: formatGoDuration(minMs) } };
}

/** Consul runs the first kind that is given, in this order. */
function ofKind(fields: CheckFields, common: CheckCommon, warnings: CheckWarning[]): CheckDefinition {
  const ttlMs = millisecondsOf(fields.TTL);
  if (ttlMs > 0) return { ...common, kind: 'ttl', ttlMs };
  if (hasField(fields.HTTP)) {
    return {
      ...common,
      ...periodicOf(fields, common.id, warnings),
      kind: 'http',
      url: fields.HTTP,
      method: fields.Method || 'GET',
      headers: Object.entries(fields.Header ?? {}).map(([name, values]) => [name, values ?? []]),
      body: fields.Body ?? '',
      skipsTlsVerification: fields.TLSSkipVerify ?? false,
    };
  }
  if (hasField(fields.TCP)) {
    return { ...common, ...periodicOf(fields, common.id, warnings), kind: 'tcp', address: fields.TCP };
  }
  if (hasField(fields.GRPC)) {
    const [address = '', ...service] = fields.GRPC.split('/');
    return {
      ...common,
      ...periodicOf(fields, common.id, warnings),
      kind: 'grpc',
      target: fields.GRPC,
      address,
      service: service.join('/'),
      usesTls: fields.GRPCUseTLS ?? false,
      skipsTlsVerification: fields.TLSSkipVerify ?? false,
    };
  }
  const { ScriptArgs, AliasNode = '', AliasService = '' } = fields;
  if (ScriptArgs !== undefined && ScriptArgs !== null && ScriptArgs.length > 0) {
    const timing = periodicOf(fields, common.id, warnings, defaultScriptTimeoutMs);
    const { DockerContainerID: containerId } = fields;
    if (hasField(containerId)) return { ...common, ...timing, kind: 'docker', containerId, args: ScriptArgs };
    return { ...common, ...timing, kind: 'script', args: ScriptArgs };
  }
  return { ...common, kind: 'alias', aliasNode: AliasNode, aliasService: AliasService };
}

type Timing = Omit<PeriodicCommon, keyof CheckCommon>;

function periodicOf(
  fields: CheckFields,
  id: string,
  warnings: CheckWarning[],
  timeoutMsDefault = defaultTimeoutMs,
): Timing {
  const intervalMs = millisecondsOf(fields.Interval);
  if (intervalMs < intervalMsMin) {
    warnings.push(belowMinimum('check has interval below minimum', id, intervalMsMin));
  }
  const timeoutMs = millisecondsOf(fields.Timeout);
  return {
    intervalMs: Math.max(intervalMs, intervalMsMin),
    timeoutMs: timeoutMs > 0 ? timeoutMs : timeoutMsDefault,
    successBeforePassing: fields.SuccessBeforePassing ?? 0,
    failuresBeforeCritical: fields.FailuresBeforeCritical ?? 0,
  };
}

function millisecondsOf(durationNs: bigint | undefined): number {
  return durationMs(durationNs ?? 0n);
}

/** Refuses programs that the settings do not allow, in Consul's words. */
function refuseScripts({
  source = 'remote',
  allowsScripts = false,
  allowsLocalScripts,
}: CheckSettings): void {
  if (source === 'local' && !(allowsLocalScripts ?? allowsScripts)) {
    throw new AgentError(
      'AGENT_CHECK_DISABLED',
      "Scripts are disabled on this agent; to enable, configure 'enable_script_checks' or 'enable_local_script_checks' to true",
    );
  }
  if (source === 'remote' && !allowsScripts) {
    throw new AgentError(
      'AGENT_CHECK_DISABLED',
      "Scripts are disabled on this agent from remote calls; to enable, configure 'enable_script_checks' to true",
    );
  }
}
