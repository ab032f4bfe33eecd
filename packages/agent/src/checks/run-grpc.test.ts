import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { type ByteServer, startByteServer } from '../../test/byte-server.ts';
import { realCheckRunner } from '../../test/check-runner.ts';
import { type HealthServer, startHealthServer } from '../../test/grpc-health-server.ts';
import { readCheck } from './definition.ts';
import type { CheckFields } from './fields.ts';
import { decodeHealthStatus, encodeHealthRequest, GrpcMessageError } from './grpc-health.ts';
import { timeoutReason } from './result.ts';

const host = '127.91.1.1';
const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function serve(certificate?: string): Promise<HealthServer> {
  const server = await startHealthServer(host, certificate);
  closing.push(() => server.close());
  return server;
}

async function serveBytes(...given: Parameters<typeof startByteServer>): Promise<ByteServer> {
  const server = await startByteServer(...given);
  closing.push(() => server.close());
  return server;
}

async function run(fields: CheckFields, { signal = new AbortController().signal, ca = '' } = {}) {
  const { definition } = readCheck({ Name: 'c', Interval: 1_000_000_000n, ...fields });
  if (definition.kind !== 'grpc') throw new Error('no gRPC check');
  const runner = realCheckRunner(ca === '' ? {} : { tls: { ca } });
  const { status, output } = await runner(definition, signal);
  return `${status} ${output}`;
}

describe('a gRPC check', () => {
  test.each(['', '/', '/fine', '/a/b', '/odd'])('of a server%s that serves is passing', async (service) => {
    const { address, asked } = await serve();
    expect(await run({ GRPC: address + service })).toBe(`passing gRPC check ${address}${service}: success`);
    expect(asked).toEqual([service.slice(1)]);
  });

  // Each text was seen with Consul 1.8.7.
  test.each([
    ['/sick', "gRPC application didn't report service healthy"],
    ['/unknown', "gRPC application didn't report service healthy"],
    ['/none', 'rpc error: code = NotFound desc = unknown service'],
    ['/locked', 'rpc error: code = PermissionDenied desc = not "you"'],
  ])('of the service %s is critical: %s', async (service, output) => {
    const { address } = await serve();
    expect(await run({ GRPC: address + service })).toBe(`critical ${output}`);
  });

  test('of an answer that breaks off is critical', async () => {
    const { address } = await serve();
    expect(await run({ GRPC: `${address}/broken` })).toMatch(/^critical rpc error: code = Internal desc = /);
  });

  test('of a service that does not answer ends at its timeout', async () => {
    const { address, asked } = await serve();
    const stop = new AbortController();
    const result = run({ GRPC: `${address}/slow` }, { signal: stop.signal });
    while (asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
    stop.abort(timeoutReason());
    expect(await result).toBe('critical rpc error: code = DeadlineExceeded desc = context deadline exceeded');
  });

  test('without a server says why', async () => {
    const { address, close } = await serve();
    close();
    const refused = 'rpc error: code = Unavailable desc = connection error: desc =';
    expect(await run({ GRPC: address })).toBe(
      `critical ${refused} "transport: Error while dialing dial tcp ${address}: connect: connection refused"`,
    );
    expect(await run({ GRPC: 'x' })).toBe(
      `critical ${refused} "transport: Error while dialing dial tcp: address x: missing port in address"`,
    );
  });

  test('over TLS verifies the server unless it is told not to', async () => {
    const { address } = await serve('self-signed');
    const port = address.split(':')[1];
    const untrusted = await run({ GRPC: `localhost:${port}`, GRPCUseTLS: true });
    expect(untrusted).toMatch(/^critical rpc error: code = Unavailable desc = connection error: /);
    const skip = { GRPCUseTLS: true, TLSSkipVerify: true };
    expect(await run({ GRPC: address, ...skip })).toBe(`passing gRPC check ${address}: success`);
    expect(await run({ GRPC: address })).toMatch(/^critical rpc error: code = Unavailable /);
  });

  test('trusts the authorities that it is given, and then looks at the name', async () => {
    const ca = readFileSync(
      new URL('../../../../test/interop/tls/authority.cert.pem', import.meta.url),
      'utf8',
    );
    const { address } = await serve('authority');
    const wrong = await run({ GRPC: address, GRPCUseTLS: true }, { ca });
    expect(wrong).toContain('transport: authentication handshake failed: x509: ');
  });

  test('of a server that speaks no gRPC is critical, and leaves no connection', async () => {
    const { address, areClosed } = await serveBytes(host, (socket) => {
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    });
    // Seen with Consul 1.8.7; a text with a time in it would be another one with every run.
    const unavailable = 'critical rpc error: code = Unavailable desc =';
    expect(await run({ GRPC: address })).toBe(`${unavailable} connection closed`);
    expect(await run({ GRPC: address, GRPCUseTLS: true })).toBe(
      `${unavailable} connection error: desc = "transport: authentication handshake failed: tls: first record does not look like a TLS handshake"`,
    );
    await areClosed();
  });

  test.each([
    { what: 'no byte', bytes: [], fields: {} },
    { what: 'no byte over TLS', bytes: [], fields: { GRPCUseTLS: true, TLSSkipVerify: true } },
    { what: 'only its settings', bytes: [0, 0, 0, 4, 0, 0, 0, 0, 0], fields: {} },
  ])('of a server that sends $what leaves no connection at its timeout', async ({ bytes, fields }) => {
    const stop = new AbortController();
    const { address, areClosed } = await serveBytes(host, (socket) => {
      if (bytes.length > 0) socket.write(Buffer.from(bytes));
      socket.once('data', () => stop.abort(timeoutReason()));
    });
    expect(await run({ GRPC: address, ...fields }, { signal: stop.signal })).toBe(
      'critical rpc error: code = DeadlineExceeded desc = context deadline exceeded',
    );
    await areClosed();
  });
});

describe('the messages of the health service', () => {
  test('a request has the name of its service', () => {
    expect(encodeHealthRequest('')).toEqual(Buffer.alloc(0));
    expect(encodeHealthRequest('ab')).toEqual(Buffer.from([0x0a, 2, 0x61, 0x62]));
    expect(encodeHealthRequest('x'.repeat(300)).subarray(0, 3)).toEqual(Buffer.from([0x0a, 0xac, 0x02]));
  });

  test('whatever arrives is a status or a declared error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          expect(decodeHealthStatus(bytes)).toBeGreaterThanOrEqual(0);
        } catch (error) {
          expect(error).toBeInstanceOf(GrpcMessageError);
        }
      }),
    );
  });
});
