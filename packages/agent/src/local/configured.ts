import { isDeepStrictEqual } from 'node:util';
import type { NodeService } from '@hobnob/catalog/records';
import { errorCode } from '@hobnob/gossip/files';
import type { CheckWarning } from '../checks/definition.ts';
import type { AgentConfig } from '../options.ts';
import type { AgentLogger } from '../ports.ts';
import {
  type ConfiguredCheck,
  type ConfiguredService,
  readConfiguredChecks,
  readConfiguredServices,
} from './definitions/read-definitions.ts';
import type { DefinitionSettings } from './definitions/setup.ts';
import { sidecarIdOf } from './definitions/sidecar.ts';
import type { NewCheck } from './entries.ts';
import { newCheck } from './new-check.ts';
import type { Registrations } from './registrations.ts';
import type { Registry } from './registry.ts';
import { isSameService } from './same-records.ts';

export interface ConfiguredParts {
  readonly registry: Registry;
  readonly registrations: Registrations;
  readonly nodeName: string;
  readonly settings: DefinitionSettings;
  /** Lets the event loop serve others. */
  readonly nextTurn: () => Promise<void>;
  /** Component `agent`. */
  readonly log: AgentLogger;
}

type Definitions = AgentConfig['definitions'];

/** What the configuration defines, by id; of two with one id the later counts. */
interface Wanted {
  readonly services: ReadonlyMap<string, ConfiguredService>;
  /** Those of services too. */
  readonly checks: ReadonlyMap<string, ConfiguredCheck>;
}

/**
 * The services and checks that the configuration of the agent defines: registered at the start, and made as a new
 * configuration says at a reload. They are kept in no files. Source: Consul agent.loadServices, agent.loadChecks,
 * agent.reloadConfigInternal.
 */
export class ConfiguredRegistrations {
  readonly #parts: ConfiguredParts;
  /** What the configuration defined last; the API may have changed or removed some of it since. */
  #services = new Set<string>();
  #checks = new Set<string>();

  constructor(parts: ConfiguredParts) {
    this.#parts = parts;
  }

  /**
   * Registers the services of the configuration when nothing else is registered.
   * @param completed a check with the state that it had when the agent stopped.
   * @throws AgentError AGENT_CONFIG.
   */
  async startServices(definitions: Definitions, completed: (check: NewCheck) => NewCheck): Promise<void> {
    const { registry, nextTurn } = this.#parts;
    const { value, warnings } = await readConfiguredServices(
      definitions,
      this.#context(registry.state.services),
    );
    this.#warn(warnings);
    for (const { defined, token } of value) {
      await nextTurn();
      registry.setService({ service: defined.service, token, source: 'local' });
      this.#services.add(defined.service.ID);
      for (const check of defined.checks) this.#startCheck({ defined: check, token }, completed);
    }
  }

  /** Registers the checks of the configuration when the services are registered. @throws AgentError AGENT_CONFIG. */
  async startChecks(definitions: Definitions, completed: (check: NewCheck) => NewCheck): Promise<void> {
    const { services } = this.#parts.registry.state;
    const { value, warnings } = await readConfiguredChecks(definitions, this.#context(services));
    this.#warn(warnings);
    for (const check of value) this.#startCheck(check, completed);
  }

  /**
   * Reads another configuration. Nothing has changed until the result is called, which registers what is new, changed or
   * was overridden, removes what is gone, and lets everything else run on; checks keep their states.
   * @throws AgentError AGENT_CONFIG; the result AGENT_DATA_DIR, when a part of the change is made.
   */
  async prepare(definitions: Definitions): Promise<() => Promise<void>> {
    const wanted = await this.#read(definitions);
    return () => this.#change(wanted);
  }

  #startCheck({ defined, token }: ConfiguredCheck, completed: (check: NewCheck) => NewCheck): void {
    const { registry, nodeName } = this.#parts;
    const service = registry.state.services.get(defined.record.ServiceID);
    registry.setCheck(completed(newCheck(defined, nodeName, service, { token, source: 'local' })));
    this.#checks.add(defined.record.CheckID);
  }

  async #read(definitions: Definitions): Promise<Wanted> {
    const { entries } = this.#parts.registry.state;
    const named = namedServices(definitions);
    // Services that only the last configuration defined go, and their ports with them.
    const others = [...entries.values()].filter(
      (entry) => !this.#isGone(entry.service.ID, entry.source, named),
    );
    const all = new Map(others.map(({ service }) => [service.ID, service]));
    const read = await readConfiguredServices(definitions, this.#context(all));
    const services = new Map(read.value.map((one) => [one.defined.service.ID, one]));
    for (const [id, { defined }] of services) all.set(id, defined.service);
    const checks = await readConfiguredChecks(definitions, this.#context(all));
    this.#warn([...read.warnings, ...checks.warnings]);
    const ofServices = read.value.flatMap(({ defined, token }) =>
      defined.checks.map((check) => ({ defined: check, token })),
    );
    return {
      services,
      checks: new Map([...ofServices, ...checks.value].map((one) => [one.defined.record.CheckID, one])),
    };
  }

  #isGone(id: string, source: string, wanted: { has(id: string): boolean }): boolean {
    return this.#services.has(id) && source === 'local' && !wanted.has(id);
  }

  async #change({ services, checks }: Wanted): Promise<void> {
    const { registry, registrations } = this.#parts;
    const { state } = registry;
    const goneServices = [...this.#services].filter((id) => {
      const entry = state.entries.get(id);
      return entry !== undefined && this.#isGone(id, entry.source, services);
    });
    const goneChecks = [...this.#checks].filter(
      (id) => state.checks.get(id)?.source === 'local' && !checks.has(id),
    );
    this.#services = new Set([...services.keys(), ...goneServices]);
    this.#checks = new Set([...checks.keys(), ...goneChecks]);
    await this.#all(goneServices, (id) => registrations.removeConfiguredService(id));
    await this.#all(goneChecks, (id) => registrations.removeConfiguredCheck(id));
    await this.#all(services.values(), (service) => this.#setService(service, checks));
    await this.#all(checks.values(), (check) => this.#setCheck(check));
    this.#services = new Set(services.keys());
    this.#checks = new Set(checks.keys());
  }

  /** Begins the work on each; resolves when all have ended, lest the next change begin beside them. @throws the first error. */
  async #all<T>(items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
    const errors: unknown[] = [];
    const begun: Promise<void>[] = [];
    for (const item of items) {
      begun.push(work(item).catch((error: unknown) => void errors.push(error)));
      await this.#parts.nextTurn();
    }
    await Promise.all(begun);
    if (errors.length > 0) throw errors[0];
  }

  /** Its checks come with it, so that the catalog never has the one without the others. */
  async #setService({ defined, token }: ConfiguredService, all: Wanted['checks']): Promise<void> {
    const { registry, registrations } = this.#parts;
    const checks = defined.checks.filter((check) => all.get(check.record.CheckID)?.defined === check);
    const entry = registry.state.entries.get(defined.service.ID);
    const isKept =
      entry?.source === 'local' && entry.token === token && isUnchanged(entry.service, defined.service);
    if (isKept && checks.every((check) => this.#hasCheck({ defined: check, token }))) return;
    const options = { token, source: 'local', replaceExistingChecks: false } as const;
    await registrations.registerService({ service: defined.service, checks }, options);
  }

  async #setCheck(check: ConfiguredCheck): Promise<void> {
    if (this.#hasCheck(check)) return;
    try {
      await this.#parts.registrations.registerCheck(check.defined, { token: check.token, source: 'local' });
    } catch (error) {
      // Its service was removed over HTTP meanwhile, as it would be after the reload.
      if (errorCode(error) !== 'AGENT_NO_SUCH_SERVICE') throw error;
    }
  }

  #hasCheck({ defined, token }: ConfiguredCheck): boolean {
    const entry = this.#parts.registry.state.checks.get(defined.record.CheckID);
    return (
      entry?.source === 'local' &&
      entry.token === token &&
      isDeepStrictEqual(entry.definition, defined.definition) &&
      isDeepStrictEqual(entry.fields, defined.fields)
    );
  }

  #context(services: ReadonlyMap<string, NodeService>) {
    const { nodeName, settings, nextTurn } = this.#parts;
    return { nodeName, settings, services, nextTurn };
  }

  #warn(warnings: readonly CheckWarning[]): void {
    for (const { message, fields } of warnings) this.#parts.log.warn(fields, message);
  }
}

/** The ids of the services that a configuration defines, and of their sidecars. */
function namedServices({ services }: Definitions): ReadonlySet<string> {
  return new Set(
    services.flatMap(({ ID, Name, Connect }) => {
      const id = ID || Name;
      return Connect?.SidecarService ? [id, sidecarIdOf(id)] : [id];
    }),
  );
}

/** Whether a service is as it is wanted, but for tags that come from the catalog. */
function isUnchanged(is: NodeService, wanted: NodeService): boolean {
  return isSameService(wanted.EnableTagOverride ? { ...is, Tags: wanted.Tags } : is, wanted);
}
