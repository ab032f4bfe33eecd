import { VirtualClock } from '@hobnob/gossip/testing';
import type { AgentOptions } from '../src/options.ts';
import { createAgent } from '../src/start/create-agent.ts';
import type { Agent } from '../src/types.ts';
import { FakeGossip } from './fake-gossip.ts';
import { recordingLogger } from './recording-logger.ts';

const running: Agent[] = [];

/** To be called after each test. */
export async function closeAgents(): Promise<void> {
  for (const agent of running.splice(0)) await agent.close();
}

/** Lets everything that waits for a promise go on. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export interface Over {
  /** Prepares the gossip of a pool before it is used. */
  readonly prepare?: (gossip: FakeGossip) => void;
  readonly clock?: VirtualClock;
}

/** An agent on fake pools; HTTP only when asked for. */
export function agentOnFakes(
  options: AgentOptions,
  { prepare = () => undefined, clock = new VirtualClock() }: Over = {},
) {
  const { lines, ...logger } = recordingLogger();
  const pools: FakeGossip[] = [];
  const started = createAgent(
    { dev: true, server: false, nodeName: 'me', clientAddress: '127.0.0.1', ports: { http: -1 }, ...options },
    {
      logger,
      ports: {
        clock,
        createGossip: async (gossipOptions) => {
          const gossip = new FakeGossip(gossipOptions);
          prepare(gossip);
          pools.push(gossip);
          return gossip;
        },
      },
    },
  );
  const kept = started.then((agent) => {
    running.push(agent);
    return agent;
  });
  kept.catch(() => undefined);
  return { started: kept, lines, pools, clock };
}
