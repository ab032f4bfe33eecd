import type { CheckDefinition, CheckType } from '@hobnob/catalog/records';
import { AgentError } from '../errors.ts';

/**
 * A check as clients and files define it, by itself or in the registration of a service. Absent fields have Go's zero
 * values; durations are in nanoseconds.
 */
export interface CheckFields extends Partial<CheckType>, Partial<Pick<CheckDefinition, 'ID' | 'ServiceID'>> {}

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

/** Whether a definition names a program, here or in a container. */
export function isScript({ ScriptArgs }: CheckFields): boolean {
  return (ScriptArgs ?? []).length > 0;
}

function isAlias({ AliasNode, AliasService }: CheckFields): boolean {
  return hasField(AliasNode) || hasField(AliasService);
}

/**
 * Refuses definitions that Consul refuses, in its order and words. Kinds that only later versions than 1.8.7 have
 * (UDP, H2PING, OS service) are unknown fields to it, which the decoder of requests and files refuses by their names.
 * Source: Consul structs.CheckType.Validate.
 * @throws AgentError AGENT_CHECK.
 */
export function validateFields(fields: CheckFields): void {
  const fault = faultOf(fields);
  if (fault !== undefined) throw new AgentError('AGENT_CHECK', `Invalid check: ${fault}`);
}

/** Why `validateFields` refuses a definition. */
export function faultOf(fields: CheckFields): string | undefined {
  const { Interval = 0n, TTL = 0n, OutputMaxSize = 0 } = fields;
  const needsInterval = isScript(fields) || [fields.HTTP, fields.TCP, fields.GRPC].some(hasField);
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
  return '';
}
