import { GossipError } from '../errors.ts';
import { hasCode } from '../files/error-code.ts';
import { OtherFamilyLog } from './other-family-log.ts';
import { openTcpTransport, type TcpTransport, type TcpTransportOptions } from './tcp-transport.ts';
import { openUdpTransport, type UdpTransport } from './udp-transport.ts';

/** With port 0 the system chooses a free UDP port, whose TCP port may be in use. After 16 such ports binding fails. */
const attemptsMax = 16;

/** UDP and TCP on one port number, as memberlist needs it (gossip.md 2.1). */
export interface BoundPair {
  readonly packets: UdpTransport;
  readonly streams: TcpTransport;
}

/** The options of both transports. */
export type BoundPairOptions = TcpTransportOptions;

/** Opens the two transports; replaced in tests. */
export interface PairOpeners {
  readonly openPackets: typeof openUdpTransport;
  readonly openStreams: typeof openTcpTransport;
}

const systemOpeners: PairOpeners = { openPackets: openUdpTransport, openStreams: openTcpTransport };

/**
 * Binds UDP and TCP on one port. Port 0 tries ports of the system's choice until both are free. After a failure nothing
 * stays bound.
 * @throws GossipError GOSSIP_BIND
 */
export async function openBoundPair(
  options: BoundPairOptions,
  openers: PairOpeners = systemOpeners,
): Promise<BoundPair> {
  const otherFamily = new OtherFamilyLog(options.logger);
  const attempts = options.port === 0 ? attemptsMax : 1;
  for (let attempt = 1; ; attempt += 1) {
    const packets = await openers.openPackets({ ...options, otherFamily });
    try {
      const streams = await openers.openStreams({ ...options, otherFamily, port: packets.localAddress.port });
      return { packets, streams };
    } catch (error) {
      await packets.close();
      if (attempt === attempts || !isPortInUse(error)) throw error;
    }
  }
}

function isPortInUse(error: unknown): boolean {
  return error instanceof GossipError && hasCode(error.cause, 'EADDRINUSE');
}
