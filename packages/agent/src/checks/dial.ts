import { getServers } from 'node:dns';
import { lookup as systemLookup } from 'node:dns/promises';
import { connect, isIP, type Socket } from 'node:net';
import { errorCode } from '@hobnob/gossip/files';
import { orAborted, withFirstOf } from '@hobnob/gossip/runtime';
import {
  asciiHost,
  type GoAddress,
  GoAddressError,
  isDomainName,
  lookupText,
  parseGoAddress,
  printGoAddress,
  systemText,
} from './go-address.ts';

/** Why no connection was made; the message is Go's. */
export class DialError extends Error {
  override readonly name = 'DialError';
}

/** How long the first family of addresses has for itself. Source: Go net.Dialer.FallbackDelay; RFC 8305. */
const fallbackDelayMs = 300;

/** An address to connect to. */
interface Candidate {
  readonly host: string;
  readonly family: 4 | 6;
}

/**
 * Opens a TCP connection to `host:port`: with several addresses of a name one after the other, and those of the other
 * IP family beside them after 300 ms. The caller owns the socket, which has a listener for errors already.
 * @throws DialError with Go's text (`dial tcp 127.0.0.1:1: connect: connection refused`); after an abort too, with Go's
 * text for a timeout.
 */
export async function dial(address: string, signal: AbortSignal): Promise<Socket> {
  let target: GoAddress;
  try {
    target = parseGoAddress(address);
  } catch (error) {
    if (error instanceof GoAddressError) throw new DialError(`dial tcp: ${error.message}`);
    throw error;
  }
  const candidates = await candidatesFor(target.host, signal);
  const [first] = candidates;
  const same = candidates.filter(({ family }) => family === first?.family);
  const other = candidates.filter(({ family }) => family !== first?.family);
  if (other.length === 0) return inOrder(same, target, signal);
  return race(same, other, target, signal);
}

async function candidatesFor(host: string, signal: AbortSignal): Promise<readonly Candidate[]> {
  if (host === '') {
    return [
      { host: '127.0.0.1', family: 4 },
      { host: '::1', family: 6 },
    ];
  }
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(host)?.[1];
  const literal = mapped ?? host;
  const family = isIP(literal);
  if (family !== 0) return [{ host: literal, family: family === 4 ? 4 : 6 }];
  const name = asciiHost(host);
  const server = nameServer();
  if (!isDomainName(name)) throw new DialError(`dial tcp: ${lookupText(host, 'ENOTFOUND', server)}`);
  try {
    signal.throwIfAborted();
    const found = await orAborted(systemLookup(name, { all: true, order: 'ipv4first' }), signal);
    return found.map(({ address, family }) => ({ host: address, family: family === 6 ? 6 : 4 }));
  } catch (error) {
    if (signal.aborted) throw new DialError(`dial tcp: lookup ${host}: i/o timeout`, { cause: error });
    throw new DialError(`dial tcp: ${lookupText(host, errorCode(error), server)}`, { cause: error });
  }
}

/** The name server that texts about unknown names show. */
function nameServer(): string | undefined {
  const [server] = getServers();
  if (server === undefined) return undefined;
  return isIP(server) === 0 ? server : printGoAddress(server, 53);
}

/** Tries the addresses one after the other; the error of the first is the one that counts. */
async function inOrder(
  candidates: readonly Candidate[],
  target: GoAddress,
  signal: AbortSignal,
): Promise<Socket> {
  let firstError: unknown;
  for (const candidate of candidates) {
    try {
      return await connectTo(candidate, target, signal);
    } catch (error) {
      firstError ??= error;
      if (signal.aborted) break;
    }
  }
  throw firstError;
}

async function race(
  same: readonly Candidate[],
  other: readonly Candidate[],
  target: GoAddress,
  signal: AbortSignal,
): Promise<Socket> {
  const won = new AbortController();
  return withFirstOf([signal, won.signal], async (either) => {
    const first = inOrder(same, target, either);
    const second = failedOrDelayed(first).then(() => inOrder(other, target, either));
    try {
      const socket = await Promise.any([first, second]);
      won.abort();
      for (const attempt of [first, second]) destroyOther(attempt, socket);
      return socket;
    } catch (error) {
      throw error instanceof AggregateError ? error.errors[0] : error;
    }
  });
}

/** Resolves when the attempt has failed, or after the delay. */
function failedOrDelayed(attempt: Promise<Socket>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, fallbackDelayMs);
    const end = (): void => {
      clearTimeout(timer);
      resolve();
    };
    attempt.then(end, end);
  });
}

/** Closes the socket of an attempt that connected as well. */
function destroyOther(attempt: Promise<Socket>, chosen: Socket): void {
  attempt.then(
    (socket) => {
      if (socket !== chosen) socket.destroy();
    },
    () => undefined,
  );
}

function connectTo({ host }: Candidate, target: GoAddress, signal: AbortSignal): Promise<Socket> {
  // Go prints the address that it dials: for this machine's own, none.
  const shown = printGoAddress(target.host === '' ? '' : host, target.port);
  return new Promise((resolve, reject) => {
    const fail = (text: string, cause?: unknown): void => {
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      reject(new DialError(`dial tcp ${shown}: ${text}`, { cause }));
    };
    const onAbort = (): void => fail('i/o timeout');
    if (target.port === 0) {
      // Node refuses port 0 before it asks the system, which would refuse the connection.
      reject(new DialError(`dial tcp ${shown}: connect: ${systemText('ECONNREFUSED')}`));
      return;
    }
    const socket = connect({ host, port: target.port, autoSelectFamily: false });
    socket.on('error', (error) => {
      if (socket.connecting || !socket.remoteAddress) fail(`connect: ${systemText(errorCode(error))}`, error);
    });
    socket.once('connect', () => {
      signal.removeEventListener('abort', onAbort);
      resolve(socket);
    });
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}
