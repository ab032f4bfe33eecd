import { connect, type Socket } from 'node:net';
import { systemErrorText } from '@hobnob/gossip/files';
import { DialError } from './dial.ts';

/**
 * Connects to a unix socket. The caller owns the connection, which has a listener for errors already.
 * @throws DialError with Go's text (`dial unix /run/x.sock: connect: no such file or directory`); after an abort too, with
 * Go's text for a timeout.
 */
export function dialUnix(path: string, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    const fail = (text: string, cause?: unknown): void => {
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      reject(new DialError(`dial unix ${path}: ${text}`, { cause }));
    };
    const onAbort = (): void => fail('i/o timeout');
    // Rejects nothing once there is a connection, and keeps its later errors from ending the process.
    socket.on('error', (error) => fail(`connect: ${systemErrorText(error)}`, error));
    socket.once('connect', () => {
      signal.removeEventListener('abort', onAbort);
      resolve(socket);
    });
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}
