import { AgentError, type AgentErrorCode } from '../errors.ts';

const codes: Readonly<Record<string, AgentErrorCode>> = {
  GOSSIP_OPTIONS: 'AGENT_CONFIG',
  GOSSIP_BIND: 'AGENT_BIND',
  GOSSIP_JOIN_FAILED: 'AGENT_JOIN',
  GOSSIP_NOT_ADMITTED: 'AGENT_REFUSED',
  GOSSIP_TOO_LARGE: 'AGENT_CONFIG',
  GOSSIP_TIMEOUT: 'AGENT_TIMEOUT',
  GOSSIP_CLOSED: 'AGENT_CLOSED',
  GOSSIP_NO_SUCH_MEMBER: 'AGENT_NO_SUCH_MEMBER',
};

/** The agent's error for one of the gossip; anything else (a bug, an abort) comes back as it is. */
export function fromGossipError(error: unknown): unknown {
  const code = codes[gossipCode(error)];
  if (code === undefined || !(error instanceof Error)) return error;
  return new AgentError(code, code === 'AGENT_JOIN' ? describeJoinFailure(error) : error.message, {
    cause: error,
  });
}

function gossipCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** The reasons of a failed join as Consul lists them, one for each address. */
function describeJoinFailure(error: Error): string {
  const reasons = error.cause instanceof AggregateError ? error.cause.errors.map(reasonOf) : [error.message];
  const count = reasons.length === 1 ? '1 error occurred' : `${reasons.length} errors occurred`;
  return `${count}:\n${reasons.map((reason) => `\t* ${reason}\n`).join('')}\n`;
}

/** Node's words for what the operating system said, in Go's. */
const goReasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network is unreachable',
  ETIMEDOUT: 'connection timed out',
  ECONNRESET: 'connection reset by peer',
};

/** The gossip's sentence about one address, as memberlist would have put it. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [, seed, fault] = /^seed "(.*?)": (.*)$/.exec(message) ?? [];
  if (seed !== undefined) return `Failed to resolve ${seed}: ${fault}`;
  const [, unknownHost, lookupFault = ''] = /^cannot resolve "(.*?)": (.*)$/.exec(message) ?? [];
  if (unknownHost !== undefined) {
    const reason = lookupFault.includes('ENOTFOUND') ? 'no such host' : lookupFault;
    return `Failed to resolve ${unknownHost}: lookup ${unknownHost}: ${reason}`;
  }
  const [, host, code = '', address] = /^(\S+?)(?::\d+)?: connect ([A-Z]+) (\S+)/.exec(message) ?? [];
  const reason = goReasons[code];
  return `Failed to join ${reason === undefined ? message : `${host}: dial tcp ${address}: connect: ${reason}`}`;
}
