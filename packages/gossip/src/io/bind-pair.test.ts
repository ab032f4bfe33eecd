import { expect, test } from 'vitest';
import { GossipError } from '../errors.ts';
import { openBoundPair, type PairOpeners } from './bind-pair.ts';
import { openTcpTransport } from './tcp-transport.ts';
import { openUdpTransport, type UdpTransport } from './udp-transport.ts';

const options = { host: '127.22.3.1', port: 0, connectionsMax: 4, timeoutMs: 1_000 };

/** Real sockets, but TCP fails the first `failures` times. */
function failingOpeners(failures: number, systemError: string) {
  const udp: UdpTransport[] = [];
  const tcpPorts: number[] = [];
  const openers: PairOpeners = {
    openPackets: async (udpOptions) => {
      const transport = await openUdpTransport(udpOptions);
      udp.push(transport);
      return transport;
    },
    openStreams: async (tcpOptions) => {
      tcpPorts.push(tcpOptions.port);
      if (tcpPorts.length > failures) return openTcpTransport(tcpOptions);
      const cause = Object.assign(new Error(systemError), { code: systemError });
      throw new GossipError('GOSSIP_BIND', 'taken', { cause });
    },
  };
  return { openers, udp, tcpPorts };
}

test('port 0 gives both transports one and the same port', async () => {
  const { packets, streams } = await openBoundPair(options);
  expect(packets.localAddress).toEqual(streams.localAddress);
  expect(packets.localAddress.port).toBeGreaterThan(0);
  await Promise.all([packets.close(), streams.close()]);
});

test('port 0 tries other ports while TCP is taken on the one that UDP got', async () => {
  const { openers, udp, tcpPorts } = failingOpeners(2, 'EADDRINUSE');
  const { packets, streams } = await openBoundPair(options, openers);
  expect(tcpPorts).toEqual(udp.map((transport) => transport.localAddress.port));
  expect(packets).toBe(udp[2]);
  expect(streams.localAddress).toEqual(packets.localAddress);
  await Promise.all([packets.close(), streams.close()]);
});

test('port 0 gives up after 16 ports and leaves nothing bound', async () => {
  const { openers, udp } = failingOpeners(Number.POSITIVE_INFINITY, 'EADDRINUSE');
  await expect(openBoundPair(options, openers)).rejects.toMatchObject({ code: 'GOSSIP_BIND' });
  expect(udp).toHaveLength(16);
  for (const { localAddress } of udp) await (await openUdpTransport(localAddress)).close();
});

test('any other failure of TCP fails at once', async () => {
  const { openers, udp } = failingOpeners(1, 'EACCES');
  await expect(openBoundPair(options, openers)).rejects.toMatchObject({ cause: { code: 'EACCES' } });
  expect(udp).toHaveLength(1);
});

test('a given port whose TCP side is taken releases its UDP side', async () => {
  const taken = await openTcpTransport(options);
  const { port } = taken.localAddress;
  await expect(openBoundPair({ ...options, port })).rejects.toMatchObject({
    code: 'GOSSIP_BIND',
    message: expect.stringContaining(`127.22.3.1:${port} (TCP): the port is in use`),
  });
  await (await openUdpTransport({ ...options, port })).close();
  await taken.close();
});
