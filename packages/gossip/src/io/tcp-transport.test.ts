import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { StreamHandler } from '../ports.ts';
import type { Address } from '../wire/address.ts';
import { openTcpTransport, type TcpTransport, type TcpTransportOptions } from './tcp-transport.ts';

const opened: TcpTransport[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((transport) => transport.close()));
});

async function open(options: Partial<TcpTransportOptions> = {}): Promise<TcpTransport> {
  const defaults = { host: '127.22.2.1', port: 0, connectionsMax: 8, timeoutMs: 5_000 };
  const transport = await openTcpTransport({ ...defaults, ...options });
  opened.push(transport);
  return transport;
}

function silent(onClose: (error?: Error) => void = () => undefined): StreamHandler {
  return { onData: () => undefined, onEnd: () => undefined, onClose };
}

/** The error with which a dial ends. */
function dialError(from: TcpTransport, to: Address): Promise<Error | undefined> {
  return new Promise((resolve) => {
    from.dial(to, 5_000, silent(resolve));
  });
}

function nextRemote(transport: TcpTransport): Promise<Address> {
  return new Promise((resolve) => {
    transport.onConnection((connection) => {
      resolve(connection.remoteAddress);
      return silent();
    });
  });
}

test('a port in use is a GossipError that names the port and what to do, with the cause', async () => {
  const { localAddress } = await open();
  await expect(open({ port: localAddress.port })).rejects.toMatchObject({
    code: 'GOSSIP_BIND',
    message:
      `cannot listen on 127.22.2.1:${localAddress.port} (TCP): ` +
      'the port is in use; stop the other process or choose another port',
    cause: { code: 'EADDRINUSE' },
  });
});

test('a host name is refused instead of being looked up, to listen and to dial', async () => {
  await expect(open({ host: 'localhost' })).rejects.toMatchObject({ code: 'GOSSIP_BIND' });
  const transport = await open();
  expect(await dialError(transport, { host: 'localhost', port: 8301 })).toMatchObject({
    message: '"localhost" is not a numeric IP address',
  });
});

test('a port that does not exist ends in onClose, not in an exception', async () => {
  expect(await dialError(await open(), { host: '127.22.2.2', port: 70_000 })).toBeInstanceOf(Error);
});

test('IPv6 works, and names addresses in canonical text', async () => {
  const [a, b] = [await open({ host: '0:0:0:0:0:0:0:1' }), await open({ host: '::1' })];
  const remote = nextRemote(b);
  a.dial(b.localAddress, 5_000, silent());
  expect((await remote).host).toBe('::1');
  expect(a.localAddress.host).toBe('::1');
});

test('a stream to the other family leaves from an address of that family', async () => {
  const [four, six] = [await open(), await open({ host: '::1' })];
  const remoteOfFour = nextRemote(four);
  six.dial(four.localAddress, 5_000, silent());
  expect((await remoteOfFour).host).toMatch(/^127\./);
  const remoteOfSix = nextRemote(six);
  four.dial(six.localAddress, 5_000, silent());
  expect((await remoteOfSix).host).toBe('::1');
});

test('a dual-stack listener names IPv4 peers by their IPv4 address', async () => {
  const dual = await open({ host: '::ffff:127.22.2.3' });
  const peer = await open();
  const remote = nextRemote(dual);
  peer.dial(dual.localAddress, 5_000, silent());
  expect((await remote).host).toBe('127.22.2.1');
});

test('the counters separate incoming, outgoing and refused streams', async () => {
  const [server, client] = [await open({ connectionsMax: 2 }), await open({ host: '127.22.2.2' })];
  const remote = nextRemote(server);
  client.dial(server.localAddress, 5_000, silent());
  await remote;
  expect(client.stats()).toMatchObject({ incomingCount: 0, outgoingCount: 1 });
  expect(server.stats()).toMatchObject({ incomingCount: 1, outgoingCount: 0, refusedCount: 0 });
  expect(await dialError(client, server.localAddress)).toMatchObject({ code: 'ECONNRESET' });
  expect(server.stats()).toMatchObject({ incomingCount: 1, refusedCount: 1, acceptErrorsCount: 0 });
});

test('a peer that resets its connection at once does not affect other streams', async () => {
  const server = await open();
  const accepted: (Error | undefined)[] = [];
  server.onConnection(() => silent((error) => accepted.push(error)));
  const { host, port } = server.localAddress;
  const socket = connect({ host, port });
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.resetAndDestroy();
  const client = await open({ host: '127.22.2.2' });
  const remote = new Promise<void>((resolve) => {
    const connection = client.dial(server.localAddress, 5_000, {
      ...silent(),
      onOpen: () => connection.end(),
      onEnd: () => resolve(),
    });
    server.onConnection((incoming) => ({ ...silent(), onEnd: () => incoming.end() }));
  });
  await remote;
  expect(accepted.length + server.stats().refusedCount).toBe(1);
});

test('a deadline beyond what timers can hold does not fire at once', async () => {
  const [server, client] = [await open({ timeoutMs: 2 ** 40 }), await open({ host: '127.22.2.2' })];
  server.onConnection((connection) => ({ ...silent(), onData: (chunk) => connection.write(chunk) }));
  const echoed = new Promise<string>((resolve, reject) => {
    const connection = client.dial(server.localAddress, 2 ** 40, {
      onOpen: () => connection.write(new TextEncoder().encode('echo')),
      onData: (chunk) => resolve(Buffer.from(chunk).toString()),
      onEnd: () => undefined,
      onClose: reject,
    });
  });
  expect(await echoed).toBe('echo');
});

test('transports keep the process alive until they are closed, or never when `keepAlive` is false', async () => {
  const countBefore = await activeSockets();
  const quiet = await open({ keepAlive: false });
  const quietClient = await open({ host: '127.22.2.2', keepAlive: false });
  const remote = nextRemote(quiet);
  quietClient.dial(quiet.localAddress, 5_000, silent());
  await remote;
  expect(await activeSockets()).toBe(countBefore);
  const [keeping, client] = [await open(), await open({ host: '127.22.2.2' })];
  const kept = nextRemote(keeping);
  client.dial(keeping.localAddress, 5_000, silent());
  await kept;
  expect(await activeSockets()).toBeGreaterThan(countBefore + 2);
  await Promise.all([quiet, quietClient, keeping, client].map((transport) => transport.close()));
  expect(await activeSockets()).toBe(countBefore);
});

/** How many TCP sockets and listeners keep this process alive; timers are also the test runner's own. */
async function activeSockets(): Promise<number> {
  // Handles are freed at the end of a turn of the event loop, after its immediates.
  for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  const kinds = /^TCP/;
  return process.getActiveResourcesInfo().filter((resource) => kinds.test(resource)).length;
}
