import type { Socket } from 'node:dgram';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, expect, test } from 'vitest';
import type { Logger } from '../ports.ts';
import type { Address } from '../wire/address.ts';
import { openUdpTransport, type UdpTransport, type UdpTransportOptions } from './udp-transport.ts';

const opened: UdpTransport[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((transport) => transport.close()));
});

async function open(options: Partial<UdpTransportOptions> = {}): Promise<UdpTransport> {
  const transport = await openUdpTransport({ host: '127.22.1.1', port: 0, ...options });
  opened.push(transport);
  return transport;
}

function nextSender(transport: UdpTransport): Promise<Address> {
  return new Promise((resolve) => {
    transport.onPacket((_packet, from) => resolve(from));
  });
}

test('a port in use is a GossipError that names the port and what to do, with the cause', async () => {
  const { localAddress } = await open();
  await expect(open({ port: localAddress.port })).rejects.toMatchObject({
    code: 'GOSSIP_BIND',
    message:
      `cannot listen on 127.22.1.1:${localAddress.port} (UDP): ` +
      'the port is in use; stop the other process or choose another port',
    cause: { code: 'EADDRINUSE' },
  });
});

test('after a failed bind the port can be bound as soon as it is free', async () => {
  const first = await open();
  const { port } = first.localAddress;
  await expect(open({ port })).rejects.toMatchObject({ code: 'GOSSIP_BIND' });
  await first.close();
  expect((await open({ port })).localAddress.port).toBe(port);
});

test('an address of another machine is a GossipError that says so', async () => {
  await expect(open({ host: '192.0.2.1', port: 8301 })).rejects.toMatchObject({
    code: 'GOSSIP_BIND',
    message: expect.stringContaining('192.0.2.1:8301 (UDP): no interface of this machine has that address'),
    cause: { code: 'EADDRNOTAVAIL' },
  });
});

test('a host name is refused instead of being looked up', async () => {
  await expect(open({ host: 'localhost', port: 8301 })).rejects.toMatchObject({
    code: 'GOSSIP_BIND',
    message: 'cannot listen on localhost:8301 (UDP): "localhost" is not a numeric IP address',
  });
});

test('IPv6 works, and names addresses in canonical text', async () => {
  const [a, b] = [await open({ host: '0:0:0:0:0:0:0:1' }), await open({ host: '::1' })];
  const sender = nextSender(b);
  a.send(new Uint8Array(1), b.localAddress);
  expect(await sender).toEqual({ host: '::1', port: a.localAddress.port });
  expect(a.localAddress.host).toBe('::1');
});

test('a dual-stack socket exchanges datagrams with IPv4 peers under their IPv4 address', async () => {
  const dual = await open({ host: '::ffff:127.22.1.2' });
  const peer = await open();
  const atPeer = nextSender(peer);
  dual.send(new Uint8Array(1), peer.localAddress);
  expect(await atPeer).toEqual({ host: '127.22.1.2', port: dual.localAddress.port });
  const atDual = nextSender(dual);
  peer.send(new Uint8Array(1), { host: '127.22.1.2', port: dual.localAddress.port });
  expect(await atDual).toEqual(peer.localAddress);
});

test('a datagram that cannot be sent is reported and counted, and later ones are sent', async () => {
  const [a, b] = [await open(), await open({ host: '127.22.1.2' })];
  const failed = [
    { host: '127.22.1.2', port: 0 },
    { host: '::1', port: 8301 },
    { host: 'not an address', port: 8301 },
  ].map((to) => new Promise((resolve) => a.send(new Uint8Array(1), to, resolve)));
  for (const error of await Promise.all(failed)) expect(error).toBeInstanceOf(Error);
  expect(a.stats()).toEqual({ sendErrorsCount: 3, receiveErrorsCount: 0 });
  const sender = nextSender(b);
  a.send(new Uint8Array(1), b.localAddress);
  expect(await sender).toEqual(a.localAddress);
});

test('an error while receiving loses no datagram, is logged once, and is counted', async () => {
  const sockets: Socket[] = [];
  const onSocket = (message: unknown): void => {
    sockets.push((message as { readonly socket: Socket }).socket); // Node documents this shape
  };
  const logged: string[] = [];
  const log = (level: string) => (fields: object, text: string) => {
    logged.push(`${level}: ${text} ${Object.keys(fields)}`);
  };
  const logger: Logger = {
    error: log('error'),
    warn: log('warn'),
    info: log('info'),
    debug: log('debug'),
    trace: log('trace'),
  };
  subscribe('udp.socket', onSocket);
  const a = await open({ logger });
  unsubscribe('udp.socket', onSocket);
  const b = await open({ host: '127.22.1.2' });
  for (let i = 0; i < 2; i += 1) sockets[0]?.emit('error', new Error('recvmsg failed'));
  const sender = nextSender(b);
  a.send(new Uint8Array(1), b.localAddress, (error) => logged.push(String(error)));
  expect(await sender).toEqual(a.localAddress);
  expect(a.stats()).toEqual({ sendErrorsCount: 0, receiveErrorsCount: 2 });
  expect(logged).toEqual([
    'warn: UDP socket error err,receiveErrorsCount',
    'debug: UDP socket error err,receiveErrorsCount',
  ]);
});

test('a transport keeps the process alive until it is closed, or never when `keepAlive` is false', async () => {
  const countBefore = await activeSockets();
  const quiet = await open({ keepAlive: false });
  expect(await activeSockets()).toBe(countBefore);
  const keeping = await open();
  expect(await activeSockets()).toBe(countBefore + 1);
  await Promise.all([keeping.close(), quiet.close()]);
  expect(await activeSockets()).toBe(countBefore);
});

/** How many UDP sockets keep this process alive. */
async function activeSockets(): Promise<number> {
  // Handles are freed at the end of a turn of the event loop, after its immediates.
  for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  return process.getActiveResourcesInfo().filter((resource) => resource.startsWith('UDP')).length;
}
