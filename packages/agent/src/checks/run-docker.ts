import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@hobnob/gossip';
import { DockerClient } from './docker-client.ts';
import { parseDockerHost } from './docker-host.ts';
import type { DockerCheck } from './kinds.ts';
import { capturedText } from './output.ts';
import type { CheckResult, CheckStatus } from './result.ts';
import type { SecureOptions } from './secure-connection.ts';

/** What Docker checks share. */
export interface DockerRunnerOptions extends Pick<SecureOptions, 'tlsContext' | 'wallMs'> {
  /** DOCKER_HOST of the environment. Default: the socket in /var/run. */
  readonly dockerHost?: string | undefined;
  /** Component `agent`. */
  readonly log: Logger;
}

/** How long a run that is still shown as one that goes on is left alone. */
const inspectWaitMs = 50;

/**
 * Runs a command in a container once. Never rejects for what the engine does. Source: Consul checks.CheckDocker.
 * @param signal ends the run; the command in the container goes on, since the engine has no call that ends it.
 */
export async function runDocker(
  check: DockerCheck,
  { dockerHost, tlsContext, wallMs, log }: DockerRunnerOptions,
  signal: AbortSignal,
): Promise<CheckResult> {
  const { id, containerId, args, outputBytesMax } = check;
  try {
    const host = parseDockerHost(dockerHost);
    const client = new DockerClient({ host, tlsContext, wallMs, signal });
    const execId = await client.createExec(containerId, args);
    const written = await client.startExec(containerId, execId, outputBytesMax);
    const code = await exitCodeOf(client, containerId, execId, signal);
    const output = capturedText(written.text(), written.bytes().length, written.totalBytes);
    log.trace({ check: id, output }, 'Check output');
    return { status: statusOf(code), output };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    log.debug({ check: id, error: error.message }, 'Check failed');
    return { status: 'critical', output: error.message };
  }
}

async function exitCodeOf(
  client: DockerClient,
  containerId: string,
  execId: string,
  signal: AbortSignal,
): Promise<number> {
  for (;;) {
    const code = await client.inspectExec(containerId, execId);
    if (code !== undefined) return code;
    // An abort is reported by the next call.
    await delay(inspectWaitMs, undefined, { signal }).catch(() => undefined);
  }
}

function statusOf(code: number): CheckStatus {
  if (code === 0) return 'passing';
  return code === 1 ? 'warning' : 'critical';
}
