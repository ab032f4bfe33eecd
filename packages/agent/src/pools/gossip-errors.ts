import { formatAddress, isKeyMismatch, type SeedError, type SeedErrorCode } from '@hobnob/gossip';
import { errorCode, hasCode, messageOf } from '@hobnob/gossip/files';
import { AgentError, type AgentErrorCode } from '../errors.ts';

const codes: Readonly<Record<string, AgentErrorCode>> = {
  GOSSIP_OPTIONS: 'AGENT_CONFIG',
  GOSSIP_BIND: 'AGENT_BIND',
  GOSSIP_SNAPSHOT: 'AGENT_DATA_DIR',
  GOSSIP_KEYRING_FILE: 'AGENT_DATA_DIR',
  GOSSIP_JOIN_FAILED: 'AGENT_JOIN',
  GOSSIP_NOT_ADMITTED: 'AGENT_REFUSED',
  GOSSIP_TOO_LARGE: 'AGENT_CONFIG',
  GOSSIP_TIMEOUT: 'AGENT_TIMEOUT',
  GOSSIP_CLOSED: 'AGENT_CLOSED',
  GOSSIP_NO_SUCH_MEMBER: 'AGENT_NO_SUCH_MEMBER',
};

/**
 * The agent's error for one of the gossip; anything else (a bug, an abort) comes back as it is. A join that failed for
 * its keys names the key ring file that overrules `-encrypt`, if there is one.
 */
export function fromGossipError(error: unknown, overrulingKeyring?: string): unknown {
  const code = codes[errorCode(error)];
  if (code === undefined || !(error instanceof Error)) return error;
  const text = code === 'AGENT_JOIN' ? describeJoinFailure(error, overrulingKeyring) : error.message;
  return new AgentError(code, text, { cause: error });
}

/** Whether peers answered a join and did not take this agent in. */
export function isNotAdmitted(error: unknown): boolean {
  return hasCode(error, 'GOSSIP_NOT_ADMITTED');
}

/** The reasons of a failed join as Consul lists them, one for each address. */
function describeJoinFailure(error: Error, overrulingKeyring: string | undefined): string {
  const errors: readonly unknown[] = error.cause instanceof AggregateError ? error.cause.errors : [];
  const reasons = errors.length === 0 ? [error.message] : [...new Set(errors.map(reasonOf))];
  const count = reasons.length === 1 ? '1 error occurred' : `${reasons.length} errors occurred`;
  const hint =
    overrulingKeyring !== undefined && errors.some(isKeyMismatch)
      ? `The key ring file ${overrulingKeyring} is used and does not hold the key given with -encrypt; to begin with that key, stop the agent and remove the file\n`
      : '';
  return `${count}:\n${reasons.map((reason) => `\t* ${reason}\n`).join('')}\n${hint}`;
}

/** What Go says of a connection that could not be made. */
const connectFaults: Readonly<Partial<Record<SeedErrorCode, string>>> = {
  SEED_REFUSED: 'connect: connection refused',
  SEED_TIMEOUT: 'i/o timeout',
};

/** The operating system's errors behind SEED_UNREACHABLE, in Go's words. */
const systemFaults: Readonly<Record<string, string>> = {
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
};

/** Why one seed gave nothing, as memberlist would have put it. */
function reasonOf(error: unknown): string {
  if (!isSeedError(error)) return `Failed to join: ${messageOf(error)}`;
  const { code, seed, address, message, cause } = error;
  if (code === 'SEED_INVALID') return `Failed to resolve ${seed}: ${message.replace(`seed "${seed}": `, '')}`;
  if (code === 'SEED_UNRESOLVED') {
    const reason =
      cause instanceof Error && hasCode(cause.cause, 'ENOTFOUND')
        ? 'no such host'
        : message.replace(/^cannot resolve "[^"]*": /, '');
    return `Failed to resolve ${seed}: lookup ${seed}: ${reason}`;
  }
  const fault =
    connectFaults[code] ?? (code === 'SEED_UNREACHABLE' ? systemFaults[errorCode(cause)] : undefined);
  if (address === undefined || fault === undefined) return `Failed to join ${message}`;
  return `Failed to join ${address.host}: dial tcp ${formatAddress(address)}: ${fault}`;
}

/** By its code, not its class: the gossip may be another copy of the package. */
function isSeedError(error: unknown): error is SeedError {
  return errorCode(error).startsWith('SEED_');
}
