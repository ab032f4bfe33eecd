import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { realCheckRunner } from '../../test/check-runner.ts';
import { type OwnCheckTls, systemAuthorities } from '../tls/check-tls.ts';
import { readCheck } from './definition.ts';
import type { CheckFields } from './fields.ts';
import { GoAddressError, parseGoAddress } from './go-address.ts';
import { GoUrlError, parseGoUrl, printGoUrl, requestTarget, resolveGoUrl } from './go-url.ts';
import type { PeriodicCheck } from './kinds.ts';

const run = realCheckRunner({ wallMs: () => Date.UTC(2026, 0, 1) });
const open: { readonly server: Server; readonly sockets: Set<Socket> }[] = [];

afterEach(async () => {
  for (const { server, sockets } of open.splice(0)) {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function listen(server: Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  open.push({ server, sockets });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const serve = (answer: RequestListener): Promise<string> => listen(createHttpServer(answer));

function define(fields: CheckFields): PeriodicCheck {
  const { definition } = readCheck({ Name: 'c', Interval: 1_000_000_000n, ...fields });
  if (!('intervalMs' in definition)) throw new Error('no check that runs');
  return definition;
}

const never = (): AbortSignal => new AbortController().signal;

/** Until so many sockets of the last server are open. */
async function untilOpen(count: number): Promise<void> {
  while (open.at(-1)?.sockets.size !== count) await new Promise((resolve) => setImmediate(resolve));
}

describe('an HTTP check', () => {
  test('shows the status and the end of the body', async () => {
    const address = await serve((_, response) => response.writeHead(429).end('x'.repeat(5_000)));
    const { status, output } = await run(define({ HTTP: `http://${address}/a` }), never());
    expect(status).toBe('warning');
    expect(output).toBe(`HTTP GET http://${address}/a: 429 Too Many Requests Output: ${'x'.repeat(4_096)}`);
  });

  test('closes its connection when it has ended, and leaves no listener on the signal', async () => {
    const address = await serve((_, response) => response.end('ok'));
    await run(define({ HTTP: `http://${address}/` }), never());
    await untilOpen(0);
  });

  test('an abort while it waits for the response is a timeout', async () => {
    const address = await serve(() => undefined);
    const stop = new AbortController();
    const running = run(define({ HTTP: `http://${address}/` }), stop.signal);
    await untilOpen(1);
    stop.abort();
    expect(await running).toMatchObject({
      status: 'critical',
      output: expect.stringContaining('Client.Timeout exceeded while awaiting headers'),
    });
    await untilOpen(0);
  });

  test('an abort while the body comes ends it with what is there', async () => {
    const stop = new AbortController();
    const address = await serve((_, response) => {
      response.write('begin');
      response.socket?.once('drain', () => stop.abort());
      response.write('x'.repeat(8 << 20));
    });
    const { status, output } = await run(define({ HTTP: `http://${address}/` }), stop.signal);
    expect([status, output]).toEqual(['passing', expect.stringMatching(/Output: \S*x$/)]);
    await untilOpen(0);
  });

  test('a signal that is aborted already ends it as a timeout', async () => {
    const { status, output } = await run(define({ HTTP: 'http://127.0.0.1:1/' }), AbortSignal.abort());
    expect([status, output]).toEqual([
      'critical',
      'Get "http://127.0.0.1:1/": dial tcp 127.0.0.1:1: i/o timeout (Client.Timeout exceeded while awaiting headers)',
    ]);
  });

  test('stops reading a body that is far too long, and still has its state', async () => {
    const chunk = Buffer.alloc(1 << 20, 'x');
    const address = await serve((_, response) => {
      const write = (): void => {
        while (response.writable && response.write(chunk));
      };
      response.on('drain', write);
      write();
    });
    const { status, output } = await run(define({ HTTP: `http://${address}/` }), never());
    expect(status).toBe('passing');
    expect(output).toContain('x'.repeat(4_096));
    await untilOpen(0);
  });

  test.each([
    [5, 'passing', '200 OK Output: ok'],
    [6, 'critical', 'transport connection broken: net/http: too many 1xx informational responses'],
    [200_000, 'critical', 'too many 1xx informational responses'],
  ])('%i responses before the one that counts', async (count, state, text) => {
    const hint = 'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n';
    const address = await listen(
      createServer((socket) => {
        socket.once('data', () => {
          socket.write(`${hint.repeat(count)}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok`);
        });
      }),
    );
    const { status, output } = await run(define({ HTTP: `http://${address}/` }), never());
    expect(status).toBe(state);
    expect(output).toContain(text);
    await untilOpen(0);
  });

  test('the body of a redirect is not waited for', async () => {
    const address = await serve((request, response) => {
      if (request.url === '/end') response.end('there');
      else response.writeHead(302, { location: '/end' }).write('x'.repeat(100_000));
    });
    const { output } = await run(define({ HTTP: `http://${address}/` }), never());
    expect(output).toBe(`HTTP GET http://${address}/: 200 OK Output: there`);
    await untilOpen(0);
  });

  test('a private header field stays with its host', async () => {
    const seen: unknown[] = [];
    const other = await serve((request, response) => {
      seen.push(request.headers.authorization, request.headers['x-a']);
      response.end();
    });
    const address = await serve((_, response) =>
      response.writeHead(302, { location: `http://${other}/` }).end(),
    );
    const Header = { Authorization: ['secret'], 'X-A': ['1'] };
    await run(define({ HTTP: `http://${address}/`, Header }), never());
    expect(seen).toEqual([undefined, '1']);
  });

  test('a path that a request line cannot carry is critical', async () => {
    const { status, output } = await run(define({ HTTP: `http://127.0.0.1:1/?q=a b` }), never());
    expect(status).toBe('critical');
    expect(output).toMatch(/^Get "http/);
  });
});

test('an https check trusts the authorities that it is given', async () => {
  const authority = readFileSync(
    new URL('../../../../test/interop/tls/authority.cert.pem', import.meta.url),
    'utf8',
  );
  const key = readFileSync(
    new URL('../../../../test/interop/tls/authority.key.pem', import.meta.url),
    'utf8',
  );
  const address = await listen(
    createTlsServer({ cert: authority, key }, (_, response) => response.end('safe')),
  );
  const check = define({ HTTP: `https://${address.replace('127.0.0.1', 'localhost')}/` });
  const wallMs = (): number => Date.parse('2100-01-01');
  expect((await run(check, never())).output).toMatch(/x509: /);
  const trusting = realCheckRunner({ tls: { ca: authority }, wallMs });
  expect(await trusting(check, never())).toMatchObject({ status: 'passing' });
});

test("an https check uses the agent's own TLS where it is told to, and another one after a reload", async () => {
  const pem = (name: string): string =>
    readFileSync(new URL(`../../test/tls/${name}.pem`, import.meta.url), 'utf8');
  const ca = pem('authority.cert');
  const server = createTlsServer(
    { cert: pem('agent.cert'), key: pem('agent.key'), ca, requestCert: true, rejectUnauthorized: true },
    (_, response) => response.end('safe'),
  );
  const check = define({ HTTP: `https://${await listen(server)}/` });
  const client = { ca, cert: pem('client.cert'), key: pem('client.key') };
  let own: OwnCheckTls | undefined = { options: client, peerName: 'agent.consul' };
  const runner = realCheckRunner({ tls: { own: () => own } });
  expect(await runner(check, never())).toMatchObject({ status: 'passing' });
  own = { options: client, peerName: 'elsewhere' };
  expect((await runner(check, never())).output).toMatch(/x509: certificate is valid for .*, not elsewhere/);
  own = { options: { ca }, peerName: 'agent.consul' };
  expect(await runner(check, never())).toMatchObject({ status: 'critical' });
  own = undefined;
  expect((await runner(check, never())).output).toMatch(/x509: /);
});

test('the authorities of the system are the first file that holds any', async () => {
  const file = fileURLToPath(new URL('../../../../test/interop/tls/authority.cert.pem', import.meta.url));
  const files = [
    '/nonexistent',
    fileURLToPath(import.meta.url).replace('run-checks.test.ts', 'result.ts'),
    file,
  ];
  expect(await systemAuthorities(files)).toContain('-----BEGIN CERTIFICATE-----');
  expect(await systemAuthorities(files.slice(0, 2))).toBeUndefined();
});

describe('a TCP check', () => {
  test('passes when the port is open, and closes the connection', async () => {
    const address = await listen(createServer());
    expect(await run(define({ TCP: address }), never())).toEqual({
      status: 'passing',
      output: `TCP connect ${address}: Success`,
    });
    await untilOpen(0);
  });

  test('of a name connects to whichever family listens', async () => {
    const address = await listen(createServer());
    const named = address.replace('127.0.0.1', 'localhost');
    expect(await run(define({ TCP: named }), never())).toMatchObject({ status: 'passing' });
  });

  test('of a closed port is critical with the words of Go', async () => {
    expect(await run(define({ TCP: '127.0.0.1:1' }), never())).toEqual({
      status: 'critical',
      output: 'dial tcp 127.0.0.1:1: connect: connection refused',
    });
  });

  test('an abort is a timeout', async () => {
    expect(await run(define({ TCP: '127.0.0.1:1' }), AbortSignal.abort())).toEqual({
      status: 'critical',
      output: 'dial tcp 127.0.0.1:1: i/o timeout',
    });
  });
});

describe('whatever a definition holds', () => {
  const pieces = fc.constantFrom(
    'http:',
    '//',
    '/',
    '?',
    '#',
    '@',
    ':',
    '[',
    ']',
    '%',
    '%4',
    '%41',
    '..',
    'a',
    '1',
    ' ',
    'é',
    '\0',
  );
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(pieces, { maxLength: 12 }).map((list) => list.join('')),
  );

  test('a URL is read or refused, and can be printed and resolved', () => {
    fc.assert(
      fc.property(texts, texts, (base, reference) => {
        try {
          const url = resolveGoUrl(parseGoUrl(base), reference);
          expect(printGoUrl(url, 'masked')).toEqual(expect.any(String));
          expect(requestTarget(url)).not.toBe('');
        } catch (error) {
          if (!(error instanceof GoUrlError)) throw error;
        }
      }),
      { numRuns: 3_000 },
    );
  });

  test('an address is read or refused', () => {
    fc.assert(
      fc.property(texts, (text) => {
        try {
          expect(parseGoAddress(text).port).toBeLessThanOrEqual(65_535);
        } catch (error) {
          if (!(error instanceof GoAddressError)) throw error;
        }
      }),
    );
  });

  test('a run ends with a result', async () => {
    // Without a user the host stays what it is: no name is looked up. Nothing listens on these ports.
    const hosts = texts.map((text) => text.replace(/@/g, '').replace(/^\d/, ':'));
    await fc.assert(
      fc.asyncProperty(hosts, fc.dictionary(texts, fc.array(texts)), texts, async (text, Header, Method) => {
        const address = { HTTP: `http://127.0.0.1:1${text}`, Header, Method };
        for (const fields of [address, { TCP: `127.0.0.1:1${text}` }]) {
          const { status, output } = await run(define(fields), never());
          expect([status, output]).toEqual(['critical', expect.stringMatching(/\S/)]);
        }
      }),
      { numRuns: 100 },
    );
  });
});
