import type { Clock } from '@hobnob/gossip';
import type { CheckSettings, CheckWarning } from '../../checks/definition.ts';
import type { AgentLogger } from '../../ports.ts';

/** The settings of the agent that definitions of services and checks depend on. */
export interface DefinitionSettings {
  readonly checks: CheckSettings;
  /** The ports that sidecars get when they name none, both included; 0 and below give out none. */
  readonly sidecarPorts: { readonly min: number; readonly max: number };
}

/** Consul's own. Source: agent/config DefaultSource. */
export const defaultDefinitionSettings: DefinitionSettings = {
  checks: {},
  sidecarPorts: { min: 21_000, max: 21_255 },
};

/** What HTTP needs besides the registrations themselves. */
export interface LocalSetup {
  readonly settings: DefinitionSettings;
  /** Component `agent`: what was changed in a definition is logged there. */
  readonly log: AgentLogger;
  readonly clock: Clock;
  /** Ends requests that wait. */
  readonly closing: AbortSignal;
}

/** A definition that was read, and what an operator should know about it. */
export interface Defined<T> {
  readonly value: T;
  readonly warnings: readonly CheckWarning[];
}
