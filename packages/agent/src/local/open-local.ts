import type { Rpc } from '@hobnob/catalog';
import type { RegisterRequest } from '@hobnob/catalog/records';
import type { Clock, Gossip, Rng } from '@hobnob/gossip';
import { pause } from '@hobnob/gossip/runtime';
import { Turns } from '../async/turns.ts';
import { checkRunner } from '../checks/run-check.ts';
import type { AgentConfig } from '../options.ts';
import type { AgentLogger } from '../ports.ts';
import { ProgramThread } from '../programs/program-thread.ts';
import { type OwnCheckTls, systemAuthorities } from '../tls/check-tls.ts';
import { ConfiguredRegistrations } from './configured.ts';
import { openRegistrationFiles } from './file-store.ts';
import type { LocalPort } from './local-port.ts';
import { noFiles } from './registration-files.ts';
import { Registrations } from './registrations.ts';
import { Registry } from './registry.ts';
import { restore } from './restore.ts';
import { Syncer } from './syncer.ts';

export interface LocalParts {
  readonly config: Pick<
    AgentConfig,
    'server' | 'dev' | 'dataDir' | 'datacenter' | 'nodeName' | 'checks' | 'sidecarPorts' | 'definitions'
  >;
  /** The registration of the node itself. */
  readonly own: RegisterRequest;
  /** What checks use of the agent's own TLS. */
  readonly ownTls: () => OwnCheckTls | undefined;
  readonly rpc: Rpc;
  readonly lan: Gossip;
  readonly clock: Clock;
  readonly rng: Rng;
  /** Milliseconds since 1970. */
  readonly wallMs: () => number;
  /** @throws AgentError AGENT_CLOSED. */
  readonly requireRunning: () => void;
  readonly logger: AgentLogger;
}

/** What a reload gives the local side. */
export interface ReloadedLocal {
  /** The registration of the node itself. */
  readonly own: RegisterRequest;
  readonly definitions: AgentConfig['definitions'];
  readonly discardsOutput: boolean;
}

/** What is registered with an agent, running. */
export interface OpenLocal {
  readonly port: LocalPort;
  /**
   * Reads what a new configuration says. Nothing has changed until the result is called.
   * @throws AgentError AGENT_CONFIG; the result AGENT_DATA_DIR, when a part of the change is made.
   */
  prepareReload(next: ReloadedLocal): Promise<() => Promise<void>>;
  /** Restores the node and its registrations in the catalog, as far as it is reached, and keeps them there. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** How long a registration waits for the catalog; what is not there then follows. */
const pushWaitMsMax = 1_000;

/** Opens the files, restores what they hold and runs its checks. @throws AgentError AGENT_DATA_DIR. */
export async function openLocal(parts: LocalParts): Promise<OpenLocal> {
  const { config, own, ownTls, rpc, lan, clock, rng, wallMs, requireRunning, logger } = parts;
  const { dev, dataDir, nodeName, datacenter, checks } = config;
  const log = logger.child({ component: 'agent' });
  const files = dev || dataDir === '' ? noFiles : await openRegistrationFiles(dataDir, log);
  const ca = await systemAuthorities();
  const programs = new ProgramThread();
  const registry: Registry = new Registry({
    clock,
    rng,
    wallMs,
    log,
    rpc,
    datacenter,
    run: checkRunner({
      tls: { ca, own: ownTls },
      wallMs,
      runProgram: (program, signal) => programs.run(program, signal),
      dockerHost: process.env['DOCKER_HOST'],
      log,
    }),
    outputDelayMs: checks.updateIntervalMs,
    discardsOutput: checks.discardsOutput,
    onStale: () => void syncer.flush(),
    onDeferred: () => syncer.watchOutputs(),
    onCritical: (check) => void registrations.reap(check),
  });
  const syncer = new Syncer({
    state: registry.state,
    rpc,
    own,
    clock,
    rng,
    log,
    membersCount: () => lan.members().length,
    onRetagged: (serviceId) => registry.listeners.notify(serviceId),
    nextTurn: () => new Promise((resolve) => setImmediate(resolve)),
    antiEntropyLog: logger.child({ component: 'agent.anti_entropy' }),
  });
  // A client does not make its callers wait for servers.
  const push = async (): Promise<void> => {
    const flushed = syncer.flush();
    if (config.server) await atMost(flushed, clock);
  };
  const registrations = new Registrations({ registry, files, nodeName, wallMs, push, requireRunning, log });
  const settings = { checks, sidecarPorts: config.sidecarPorts };
  const turns = new Turns();
  const configured = new ConfiguredRegistrations({
    registry,
    registrations,
    nodeName,
    settings,
    nextTurn: () => turns.next(),
    log,
  });
  const { definitions } = config;
  await restore({ registry, files, nodeName, settings: checks, wallMs, log, configured, definitions });
  const endWatch = lan.on('member-join', ({ members }) => {
    if (members.some(({ tags }) => tags['role'] === 'consul')) syncer.serverUp();
  });
  return {
    port: registrations,
    prepareReload: async (next) => {
      const register = await configured.prepare(next.definitions);
      return async () => {
        registry.discardsOutput = next.discardsOutput;
        syncer.setOwn(next.own);
        await register();
        await push();
      };
    },
    start: () => atMost(syncer.start(), clock),
    close: async () => {
      endWatch();
      registry.close();
      await programs.close();
      await syncer.close();
    },
  };
}

/** Waits for pushes, but not for long: ten thousand services take a minute. */
async function atMost(flushed: Promise<void>, clock: Clock): Promise<void> {
  const waited = new AbortController();
  await Promise.race([flushed, pause(clock, pushWaitMsMax, waited.signal)]);
  waited.abort();
}
