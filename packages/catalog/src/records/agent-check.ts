import { AgentService } from './agent-service.ts';
import { HealthCheck } from './check.ts';
import { bool, durationText, field, type Infer, listOf, mapOf, pointerTo, record, text } from './shape.ts';

/** Checks as their agent answers with them. */

/** One change of a check's status, and what it said then. */
export const CheckTransition = record('CheckTransition', {
  /** RFC 3339. */
  Time: text,
  Status: text,
  Output: text,
});
/** One change of a check's status. */
export interface CheckTransition extends Infer<typeof CheckTransition> {}

/**
 * A check as GET /v1/agent/checks lists it: Consul's fields, and what Consul does not keep, when the check ran and what it
 * was before.
 */
export const AgentCheck = record('HealthCheck', {
  ...HealthCheck.fields,
  /** RFC 3339; absent before the first result. */
  LastCheckTime: field(text, { omitEmpty: true, filter: false }),
  /** RFC 3339: when the status changed last, or else when the check was registered. */
  LastChangeTime: field(text, { filter: false }),
  /** The last ten changes of the status, the newest last. */
  Transitions: field(listOf(CheckTransition), { filter: false }),
});
/** A check as GET /v1/agent/checks lists it. */
export interface AgentCheck extends Infer<typeof AgentCheck> {}

/** A check in the health of a service. How it is run is not told: the definition is empty. Source: Consul api.HealthCheck. */
export const AgentHealthCheck = record('HealthCheck', {
  ...HealthCheck.fields,
  Definition: record('HealthCheckDefinition', {
    Interval: durationText,
    Timeout: durationText,
    DeregisterCriticalServiceAfter: durationText,
    HTTP: text,
    Header: mapOf(listOf(text)),
    Method: text,
    Body: text,
    TLSSkipVerify: bool,
    TCP: text,
  }),
});
/** A check in the health of a service. */
export interface AgentHealthCheck extends Infer<typeof AgentHealthCheck> {}

/** The health of a service instance, as GET /v1/agent/health/service answers. Source: Consul api.AgentServiceChecksInfo. */
export const AgentServiceChecksInfo = record('AgentServiceChecksInfo', {
  /** `maintenance`, `critical`, `warning` or `passing`: the worst of its checks and its node's. */
  AggregatedStatus: text,
  Service: pointerTo(AgentService),
  Checks: listOf(AgentHealthCheck),
});
/** The health of a service instance. */
export interface AgentServiceChecksInfo extends Infer<typeof AgentServiceChecksInfo> {}
