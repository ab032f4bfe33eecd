import { join } from 'node:path';
import { createTestAgent } from '@hobnob/agent/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import { root } from '../source-files.ts';
import { type CommandLine, type LineOutcome, runLine } from './command-lines.ts';
import { peersFolder } from './peer-process.ts';
import { LoopbackAddresses, Peers } from './peers.ts';

/** The commands of real Consul 1.8.7 and ours, over HTTPS, with a real agent and with ours. */

const addresses = new LoopbackAddresses(3, 38);
const pem = (name: string): string => join(root, 'packages', 'agent', 'test', 'tls', `${name}.pem`);
const caFile = pem('authority.cert');
const httpsPort = 8501;

/** What real and our agent are configured with. */
const tls = { certFile: pem('agent.cert'), keyFile: pem('agent.key'), caFile };
const config = { cert_file: tls.certFile, key_file: tls.keyFile, ca_file: tls.caFile };

const name = ['-tls-server-name', 'agent.consul'];
const ca = ['-ca-file', caFile, ...name];
const pairOf = (name: string) => ['-client-cert', pem(`${name}.cert`), '-client-key', pem(`${name}.key`)];
const inEnv = {
  CONSUL_HTTP_SSL: 'true',
  CONSUL_CACERT: caFile,
  CONSUL_TLS_SERVER_NAME: 'agent.consul:8501',
  CONSUL_CLIENT_CERT: pem('client.cert'),
  CONSUL_CLIENT_KEY: pem('client.key'),
};

/** Lines after `kv get key`, with what an agent answers that wants no certificates, and one that does. */
const lines: readonly {
  readonly what: string;
  readonly flags?: readonly string[];
  readonly env?: CommandLine['env'];
}[] = [
  { what: 'the authorities of the system', flags: name },
  { what: 'the authority', flags: ca },
  { what: 'the authority and a certificate', flags: [...ca, ...pairOf('client')] },
  { what: 'all from the environment', env: inEnv },
  { what: 'another authority', flags: [...name, '-ca-file', pem('stranger.cert')] },
  { what: 'another name', flags: [...ca, ...pairOf('client'), '-tls-server-name', 'other.consul'] },
  { what: 'the environment, but another name', env: { ...inEnv, CONSUL_TLS_SERVER_NAME: 'other' } },
  { what: 'no verification', env: { ...inEnv, CONSUL_CACERT: '', CONSUL_HTTP_SSL_VERIFY: 'false' } },
  { what: 'a certificate without key', flags: [...ca, '-client-cert', pem('client.cert')] },
  {
    what: 'a key of another',
    flags: [...ca, '-client-cert', pem('client.cert'), '-client-key', pem('agent.key')],
  },
  { what: 'no such authority', flags: ['-ca-file', '/none'] },
  { what: 'an authority that is a key', flags: ['-ca-file', pem('agent.key')] },
  { what: 'no such directory', flags: ['-ca-path', '/none'] },
  { what: 'no such certificate', flags: ['-client-cert', '/none', '-client-key', '/none'] },
];

/** Whoever is refused reads why, or writes its request first and finds the connection closed: both happen to Go. */
const refusedByAgent =
  /(?:remote error: tls: (?:bad certificate|certificate required)|(?:write|read) tcp .*|connection reset by peer|EOF)$/m;

async function outcomes(
  kind: 'consul' | 'hobnob',
  address: string,
): Promise<readonly [string, LineOutcome][]> {
  const all: [string, LineOutcome][] = [];
  for (const { what, flags = [], env } of lines) {
    const line = { argv: ['kv', 'get', ...flags, 'key'], ...(env === undefined ? {} : { env }) };
    const outcome = await runLine(kind, line, address);
    all.push([what, { ...outcome, stderr: outcome.stderr.replace(refusedByAgent, 'refused by the agent') }]);
  }
  return all;
}

/** What both commands say, and those of the lines that read the value. */
async function comparedAt(address: string): Promise<readonly string[]> {
  const put = { argv: ['kv', 'put', 'key', 'value'], env: inEnv };
  expect(await runLine('consul', put, address)).toMatchObject({ code: 0 });
  const theirs = await outcomes('consul', address);
  expect(await outcomes('hobnob', address)).toEqual(theirs);
  return theirs.filter(([, { code }]) => code === 0).map(([what]) => what);
}

const trusted = ['the authority and a certificate', 'all from the environment', 'no verification'];

describe.skipIf(peersFolder === undefined)('over HTTPS', () => {
  let real: string;
  let ours: string;

  beforeAll(() => {
    real = addresses.next();
    ours = addresses.next();
  });

  test.each([false, true])(
    'the commands say the same with a real agent (wants certificates: %s)',
    async (wants) => {
      const disposals: (() => Promise<void>)[] = [];
      const peers = new Peers(addresses, (dispose) => disposals.push(dispose));
      try {
        const https = { ports: { https: httpsPort }, verify_incoming_https: wants };
        await peers.consul({ name: 'real', host: real, config: { ...config, ...https } });
        const read = await comparedAt(`https://${real}:${httpsPort}`);
        if (!wants) expect(read).toEqual(['the authority', ...trusted]);
        else expect(read).toEqual(trusted);
      } finally {
        for (const dispose of disposals) await dispose();
      }
    },
    180_000,
  );

  test.each([false, true])(
    'the commands say the same with our agent (wants certificates: %s)',
    async (wants) => {
      await using agent = await createTestAgent({
        clientAddress: ours,
        ports: { https: httpsPort },
        tls: { ...tls, verifyIncomingHttps: wants },
      });
      expect(agent.agent.httpAddresses).toContain(`https://${ours}:${httpsPort}`);
      const read = await comparedAt(`https://${ours}:${httpsPort}`);
      expect(read).toEqual(wants ? trusted : ['the authority', ...trusted]);
    },
    180_000,
  );
});
