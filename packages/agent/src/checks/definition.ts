import { durationMs } from '@hobnob/catalog/go';
import { formatGoDuration } from '../config/go-duration.ts';
import { AgentError } from '../errors.ts';
import { type CheckFields, faultOf, hasField, isEmptyCheck, typeOf, validateFields } from './fields.ts';
import { defaultOutputBytesMax } from './output.ts';
import { type CheckStatus, isCheckStatus } from './result.ts';

/** What every check has. */
interface CheckCommon {
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
interface PeriodicCommon extends CheckCommon {
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
export type PeriodicCheck = HttpCheck | TcpCheck;

/** A check whose definition is valid. */
export type CheckDefinition = PeriodicCheck | TtlCheck | AliasCheck;

/** The settings of the agent that definitions depend on. */
export interface CheckSettings {
  /** `output_max_size`: the upper bound for each check's own. Default 4096. */
  readonly outputBytesMax?: number;
  /** `check_deregister_interval_min`. Default one minute. */
  readonly deregisterMinMs?: number;
  /** Where definitions come from: the HTTP API, or the agent's configuration files. Default `remote`. */
  readonly source?: 'remote' | 'local';
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

/** The service that definitions belong to. */
export interface CheckedService {
  readonly id: string;
  readonly name: string;
}

/** Source: Consul checks.MinInterval. */
const intervalMsMin = 1_000;
/** Source: Consul's `check_deregister_interval_min`. */
const deregisterMsMin = 60_000;
/** Source: consensus-and-rpc.md 7.5. */
const defaultTimeoutMs = 10_000;

/**
 * Refuses a check that is registered by itself and that no agent would accept. Consul looks next whether its service
 * exists, and then whether the kind is enabled, which `readCheck` does.
 * @throws AgentError AGENT_CHECK with Consul's text.
 */
export function validateCheck(
  fields: CheckFields,
): asserts fields is CheckFields & { readonly Name: string } {
  if (!hasField(fields.Name)) throw new AgentError('AGENT_CHECK', 'Missing check name');
  if (hasField(fields.Status) && !isCheckStatus(fields.Status)) {
    throw new AgentError('AGENT_CHECK', 'Bad check status');
  }
  validateFields(fields);
}

/**
 * Reads a check that is registered by itself, as PUT /v1/agent/check/register does. Whether its
 * service exists is the caller's to check.
 * @throws AgentError AGENT_CHECK with Consul's text; AGENT_CHECK_DISABLED for a kind that this agent does not run.
 */
export function readCheck(fields: CheckFields, settings: CheckSettings = {}): ReadCheck {
  validateCheck(fields);
  const id = fields.ID || fields.CheckID || fields.Name;
  return build(fields, { id, name: fields.Name, serviceId: fields.ServiceID ?? '' }, settings);
}

/**
 * Reads a check that the configuration defines by itself: one with an id needs no name. Whether its service exists is the
 * caller's to check. Source: Consul agent.addCheck.
 * @throws AgentError AGENT_CHECK with Consul's text; AGENT_CHECK_DISABLED for a kind that this agent does not run.
 */
export function readConfiguredCheck(fields: CheckFields, settings: CheckSettings): ReadCheck {
  const { ID, Name = '', ServiceID = '', Status } = fields;
  const id = ID || Name;
  if (id === '') throw new AgentError('AGENT_CHECK', 'CheckID missing');
  const fault = faultOf(fields);
  if (fault !== undefined) throw new AgentError('AGENT_CHECK', `Check is not valid: ${fault}`);
  if (hasField(Status) && !isCheckStatus(Status)) throw new AgentError('AGENT_CHECK', 'Bad check status');
  return build(fields, { id, name: Name, serviceId: ServiceID }, settings);
}

/**
 * Reads the checks of a service's registration, those that `checkFieldsOf` gives. When two have the same id, the caller
 * keeps the later one.
 * @throws AgentError as readCheck.
 */
export function readServiceChecks(
  service: CheckedService,
  fields: ServiceCheckFields,
  settings: CheckSettings = {},
): readonly ReadCheck[] {
  const all = checkFieldsOf(fields);
  for (const fields of all) validateFields(fields);
  for (const { Status } of all) {
    if (hasField(Status) && !isCheckStatus(Status)) {
      throw new AgentError('AGENT_CHECK', `Status for checks must 'passing', 'warning', 'critical'`);
    }
  }
  return all.map((fields, index) => {
    const numbered = all.length > 1 ? `service:${service.id}:${index + 1}` : `service:${service.id}`;
    const identity = {
      id: fields.CheckID || numbered,
      name: fields.Name || `Service '${service.name}' check`,
      serviceId: service.id,
    };
    return build(fields, identity, settings);
  });
}

/** The checks in a service's registration. */
export interface ServiceCheckFields<F extends CheckFields = CheckFields> {
  readonly Check?: F | null;
  readonly Checks?: readonly F[] | null;
}

/** `Check`, unless it is empty, and then `Checks`. */
export function checkFieldsOf<F extends CheckFields>({ Check, Checks }: ServiceCheckFields<F>): readonly F[] {
  return [...(Check && !isEmptyCheck(Check) ? [Check] : []), ...(Checks ?? [])];
}

interface Identity {
  readonly id: string;
  readonly name: string;
  readonly serviceId: string;
}

function build(fields: CheckFields, identity: Identity, settings: CheckSettings): ReadCheck {
  refuseOtherKinds(fields, settings);
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
  const { AliasNode = '', AliasService = '' } = fields;
  return { ...common, kind: 'alias', aliasNode: AliasNode, aliasService: AliasService };
}

type Timing = Omit<PeriodicCommon, keyof CheckCommon>;

function periodicOf(fields: CheckFields, id: string, warnings: CheckWarning[]): Timing {
  const intervalMs = millisecondsOf(fields.Interval);
  if (intervalMs < intervalMsMin) {
    warnings.push(belowMinimum('check has interval below minimum', id, intervalMsMin));
  }
  const timeoutMs = millisecondsOf(fields.Timeout);
  return {
    intervalMs: Math.max(intervalMs, intervalMsMin),
    timeoutMs: timeoutMs > 0 ? timeoutMs : defaultTimeoutMs,
    successBeforePassing: fields.SuccessBeforePassing ?? 0,
    failuresBeforeCritical: fields.FailuresBeforeCritical ?? 0,
  };
}

function millisecondsOf(durationNs: bigint | undefined): number {
  return durationMs(durationNs ?? 0n);
}

/** Refuses kinds that this version does not run; scripts with Consul's text for an agent that does not allow them. */
function refuseOtherKinds(fields: CheckFields, { source = 'remote' }: CheckSettings): void {
  if ((fields.ScriptArgs ?? []).length > 0) {
    const text =
      source === 'remote'
        ? "Scripts are disabled on this agent from remote calls; to enable, configure 'enable_script_checks' to true"
        : "Scripts are disabled on this agent; to enable, configure 'enable_script_checks' or 'enable_local_script_checks' to true";
    throw new AgentError('AGENT_CHECK_DISABLED', text);
  }
  const runs = [fields.HTTP, fields.TCP, fields.AliasNode, fields.AliasService].some(hasField);
  if (runs || millisecondsOf(fields.TTL) > 0) return;
  const kind = hasField(fields.GRPC) ? 'gRPC' : 'UDP';
  throw new AgentError('AGENT_CHECK_DISABLED', `${kind} checks are not available in this version`);
}
