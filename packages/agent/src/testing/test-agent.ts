import { randomUUID } from 'node:crypto';
import { type AgentClient, createClient } from '../client/client.ts';
import { AgentError } from '../errors.ts';
// An agent loads the routes when it starts; a test loads them with this module, so that its first start is short too.
import '../http/listen.ts';
import '../http/server.ts';
import type { AgentOptions } from '../options.ts';
import { createAgent } from '../start/create-agent.ts';
import type { Agent, AgentRuntime } from '../types.ts';

/** What may differ from the defaults of a test agent: every option of an agent but that it keeps files. */
export type TestAgentOptions = Omit<AgentOptions, 'dev' | 'dataDir'>;

/** An agent for tests, in this process. */
export interface TestAgent extends AsyncDisposable {
  /** The agent itself: members, join, leave, node id, configuration. */
  readonly agent: Agent;
  /** Where its HTTP API answers: `http://127.0.0.1:PORT`. */
  readonly httpAddress: string;
  /** A client for it. A call without a whole answer after ten seconds fails with CLIENT_CONNECTION. */
  readonly client: AgentClient;
  /** Frees sockets and timers; idempotent, as is the disposal by `await using`. */
  close(): Promise<void>;
}

/** Long enough for a blocking query of a test that fails, short enough to say so before the runner gives up. */
const clientDeadlineMs = 10_000;

/**
 * Starts an agent for a test: a development server on free ports of 127.0.0.1 that keeps no files and is named
 * `test-` and eight random digits, so that several run, and join each other, in one process. When the promise
 * resolves the agent leads, its node is in the catalog with its addresses, and HTTP answers. With `server: false` it is
 * a client, which has no catalog. DNS and gRPC are off unless `ports` names them.
 * @throws AgentError AGENT_CONFIG, also for `ports.http: -1`, and the other codes of `createAgent`.
 */
export async function createTestAgent(
  { ports, ...options }: TestAgentOptions = {},
  runtime: AgentRuntime = {},
): Promise<TestAgent> {
  if (ports?.http === -1) {
    throw new AgentError('AGENT_CONFIG', 'ports.http: -1: a test agent is asked over HTTP, leave it out');
  }
  const agent = await createAgent(
    {
      nodeName: `test-${randomUUID().slice(0, 8)}`,
      ...options,
      dev: true,
      ports: { http: 0, serfLan: 0, serfWan: 0, dns: -1, grpc: -1, ...ports },
    },
    runtime,
  );
  const [httpAddress = ''] = agent.httpAddresses;
  return {
    agent,
    httpAddress,
    client: createClient({ address: httpAddress, deadlineMs: clientDeadlineMs }),
    close: () => agent.close(),
    [Symbol.asyncDispose]: () => agent.close(),
  };
}
