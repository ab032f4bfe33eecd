import { type AgentClient, AgentClientError, describeApiError } from '@hobnob/agent/client';
import {
  type ApiFlagValues,
  ConnectionError,
  type ConnectionSources,
  resolveConnection,
} from '../api-flags.ts';
import type { CliIo } from '../io.ts';
import { exitFailure } from '../output.ts';

/**
 * Connects to the agent that the flags name and lets `ask` talk to it; resolves with the exit code. A failure
 * is one line on stderr: `FAILURE: reason`, where `failure` names the request and `describe` gives the reason.
 */
export async function askAgent(
  io: CliIo,
  flags: ApiFlagValues,
  failure: string,
  ask: (client: AgentClient) => Promise<number>,
  describe: (error: unknown) => string = describeApiError,
): Promise<number> {
  let client: AgentClient;
  try {
    client = io.createClient(await resolveConnection(flags, connectionSources(io)));
  } catch (error) {
    if (!(error instanceof ConnectionError || error instanceof AgentClientError)) throw error;
    io.stderr(`Error connecting to Consul agent: ${error.message}\n`);
    return exitFailure;
  }
  try {
    return await ask(client);
  } catch (error) {
    io.stderr(`${failure}: ${describe(error)}\n`);
    return exitFailure;
  }
}

/** Where a command finds what its flags leave open. */
export function connectionSources(io: CliIo): ConnectionSources {
  return {
    env: io.env,
    readText: (path) => io.files.readText(path),
    readClientTls: (files) => io.readClientTls(files),
  };
}
