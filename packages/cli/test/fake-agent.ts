import type { Agent, AgentOptions, AgentRuntime, AgentStop } from '@hobnob/agent';
import * as agentPackage from '@hobnob/agent';
import type { AgentModule } from '../src/io.ts';

/** The calls that the fake agent received, and what a test can make it do. */
export interface FakeAgent {
  readonly module: AgentModule;
  /** `leave` and `close` in the order they were called. */
  readonly calls: string[];
  /** Options of every `createAgent`. */
  readonly created: AgentOptions[];
  /** Settles when an agent runs. */
  readonly running: Promise<void>;
  stop(stop: AgentStop): void;
}

export interface FakeAgentBehaviour {
  /** Configuration files by path. */
  readonly files?: Readonly<Record<string, string>>;
  /** Called in place of opening sockets, after the banner. */
  readonly start?: (runtime: AgentRuntime) => Promise<void>;
  /** How long a leave takes. Default: no time. */
  readonly leave?: () => Promise<void>;
}

export const fakeNodeId = 'e562e60f-2322-080e-5e6d-108df0e78c8f';

/** A pool that only counts. */
const fakePool = new Proxy({} as Agent['lan'], {
  get(_target, property) {
    if (property !== 'stats') throw new Error(`this fake pool has no ${String(property)}`);
    return () => ({ membersCount: 3 });
  },
});

const host: agentPackage.HostFacts = { hostname: 'vm', privateIpv4: ['10.0.0.1'], publicIpv6: [] };

/** The agent package with a `createAgent` that opens nothing, and files that are in memory. */
export function fakeAgent(behaviour: FakeAgentBehaviour = {}): FakeAgent {
  const calls: string[] = [];
  const created: AgentOptions[] = [];
  let settleStop: (stop: AgentStop) => void = () => undefined;
  let settleRunning: () => void = () => undefined;
  const stopped = new Promise<AgentStop>((resolve) => {
    settleStop = resolve;
  });
  const running = new Promise<void>((resolve) => {
    settleRunning = resolve;
  });

  async function createAgent(options: AgentOptions, runtime: AgentRuntime = {}): Promise<Agent> {
    created.push(options);
    const config = agentPackage.resolveAgentOptions(options, host);
    runtime.onPrepared?.({ config, nodeId: fakeNodeId });
    await behaviour.start?.(runtime);
    const close = async (): Promise<void> => {
      calls.push('close');
    };
    settleRunning();
    return {
      config,
      async reload() {
        const next = (await runtime.readOptions?.()) ?? options;
        const reloaded = agentPackage.resolveAgentOptions(next, host);
        runtime.onReloaded?.(reloaded);
        calls.push('reload');
        return { config: reloaded, needRestart: [] };
      },
      nodeId: fakeNodeId,
      get lan() {
        return fakePool;
      },
      wan: undefined,
      httpAddresses: [],
      stopped,
      join: async () => 1,
      async leave() {
        calls.push('leave');
        await behaviour.leave?.();
      },
      forceLeave: async () => undefined,
      close,
      [Symbol.asyncDispose]: close,
    };
  }

  async function readConfigFiles(
    paths: readonly string[],
    format?: agentPackage.ConfigFormat,
  ): Promise<agentPackage.FoundFiles> {
    const files = behaviour.files ?? {};
    const formatOf = (path: string): agentPackage.ConfigFormat | undefined =>
      format ?? (['json', 'hcl'] as const).find((one) => path.endsWith(`.${one}`));
    return {
      files: paths.flatMap((path) => {
        const found = formatOf(path);
        return found === undefined ? [] : [{ path, text: files[path] ?? '', format: found }];
      }),
      skipped: paths.filter((path) => formatOf(path) === undefined),
    };
  }

  const module: AgentModule = { ...agentPackage, createAgent, readConfigFiles, readHostFacts: () => host };
  return { module, calls, created, running, stop: (stop) => settleStop(stop) };
}
