import { readFileSync } from 'node:fs';
import { Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js';

/** A gRPC server with the health service, for the tests of checks. */
export interface HealthServer {
  /** `host:port`. */
  readonly address: string;
  /** The names of the services that were asked for. */
  readonly asked: readonly string[];
  close(): void;
}

/** What the server says of a service; of others it says that it does not know them. */
const answers: Readonly<Record<string, readonly number[]>> = {
  '': [0x08, 1],
  fine: [0x08, 1],
  unknown: [],
  sick: [0x08, 2],
  'a/b': [0x08, 1],
  // Fields of a later version around the status.
  odd: [0x12, 2, 0x41, 0x42, 0x08, 1, 0x1d, 1, 2, 3, 4],
  broken: [0x08],
};

const tlsFolder = new URL('../../../test/interop/tls/', import.meta.url);

/**
 * Starts a server on a loopback address. `slow` is never answered.
 * @param certificate a certificate of test/interop/tls; without one the server has no TLS.
 */
export async function startHealthServer(host: string, certificate?: string): Promise<HealthServer> {
  const asked: string[] = [];
  const server = new Server();
  const method = {
    path: '/grpc.health.v1.Health/Check',
    requestStream: false,
    responseStream: false,
    requestSerialize: (bytes: Buffer) => bytes,
    requestDeserialize: (bytes: Buffer) => bytes,
    responseSerialize: (bytes: Buffer) => bytes,
    responseDeserialize: (bytes: Buffer) => bytes,
  } as const;
  server.addService(
    { check: method },
    {
      check: ({ request }: { request: Buffer }, reply: (error: object | null, bytes?: Buffer) => void) => {
        // A tag and a length of one byte stand before the name.
        const name = request.subarray(2).toString();
        asked.push(name);
        const answer = answers[name];
        if (name === 'slow') return;
        if (name === 'locked') {
          reply({ code: status.PERMISSION_DENIED, details: 'not "you"', metadata: new Metadata() });
        } else if (answer === undefined) reply({ code: status.NOT_FOUND, details: 'unknown service' });
        else reply(null, Buffer.from(answer));
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${host}:0`, credentialsOf(certificate), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return { address: `${host}:${port}`, asked, close: () => server.forceShutdown() };
}

function credentialsOf(certificate: string | undefined): ServerCredentials {
  if (certificate === undefined) return ServerCredentials.createInsecure();
  const read = (part: string): Buffer => readFileSync(new URL(`${certificate}.${part}.pem`, tlsFolder));
  return ServerCredentials.createSsl(null, [{ private_key: read('key'), cert_chain: read('cert') }]);
}
