import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createClient, readClientTls } from '../client/client.ts';
import { createTestAgent } from '../testing/test-agent.ts';
import { createAgent } from './create-agent.ts';

/** Agents with their real HTTP API; what their watches send is awaited, not polled. */

/** Requests of watches, one after the other. */
async function openReceiver(onTestFinished: (dispose: () => void) => void) {
  const waiting: ((body: string) => void)[] = [];
  const arrived: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    response.end();
    const body = Buffer.concat(chunks).toString();
    const next = waiting.shift();
    if (next === undefined) arrived.push(body);
    else next(body);
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const next = async (): Promise<string> => {
    const [first] = arrived.splice(0, 1);
    return first ?? new Promise((resolve) => waiting.push(resolve));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, next };
}

test('an agent on a socket alone tells of each change of a view', async ({ onTestFinished }) => {
  const folder = await mkdtemp(join(tmpdir(), 'hobnob-watch-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const receiver = await openReceiver(onTestFinished);
  const http = { handler_type: 'http', http_handler_config: { path: receiver.url } };
  const agent = await createAgent({
    dev: true,
    nodeName: 'me',
    ports: { serfLan: 0, serfWan: 0, dns: -1, grpc: -1 },
    clientAddress: `unix://${join(folder, 'http.sock')}`,
    watches: [{ type: 'key', key: 'a', ...http }],
  });
  onTestFinished(() => agent.close());
  expect(await receiver.next()).toBe('null\n');
  const [address = ''] = agent.httpAddresses;
  expect(address).toMatch(/^unix:/);
  await createClient({ address }).kv.put('a', Buffer.from('hello'));
  expect(JSON.parse(await receiver.next())).toMatchObject({ Key: 'a', Value: 'aGVsbG8=' });
});

test('an agent that answers over HTTPS alone, and to its own certificates, watches itself', async ({
  onTestFinished,
}) => {
  const pem = (name: string): string => fileURLToPath(new URL(`../../test/tls/${name}.pem`, import.meta.url));
  const receiver = await openReceiver(onTestFinished);
  const http = { handler_type: 'http', http_handler_config: { path: receiver.url } };
  const tls = {
    certFile: pem('agent.cert'),
    keyFile: pem('agent.key'),
    caFile: pem('authority.cert'),
    verifyIncoming: true,
  };
  const agent = await createAgent({
    dev: true,
    nodeName: 'me',
    ports: { http: -1, https: 0, serfLan: 0, serfWan: 0, dns: -1, grpc: -1 },
    tls,
    watches: [{ type: 'key', key: 'a', ...http }],
  });
  onTestFinished(() => agent.close());
  expect(await receiver.next()).toBe('null\n');
  const [address = ''] = agent.httpAddresses;
  expect(address).toMatch(/^https:/);
  const files = { certFile: pem('client.cert'), keyFile: pem('client.key'), caFile: tls.caFile };
  const client = createClient({ address, tls: await readClientTls(files) });
  await client.kv.put('a', Buffer.from('hello'));
  expect(JSON.parse(await receiver.next())).toMatchObject({ Value: 'aGVsbG8=' });
  await expect(agent.reload({ tls: { ...tls, keyFile: pem('client.key') } })).rejects.toMatchObject({
    code: 'AGENT_CONFIG',
    message:
      'Failed reloading tls configuration: Failed to load cert/key pair: tls: private key does not match public key',
  });
  expect(agent.config.tls.keyFile).toBe(tls.keyFile);
  // The authority of the stranger alone: the certificates of before are none any more, also for the watch itself.
  const stranger = {
    certFile: pem('stranger.cert'),
    keyFile: pem('stranger.key'),
    caFile: pem('stranger.cert'),
  };
  const { needRestart } = await agent.reload({ tls: { ...stranger, verifyIncoming: true } });
  expect(needRestart).toEqual([]);
  await expect(client.kv.get('a')).rejects.toMatchObject({ code: 'CLIENT_CONNECTION' });
  const renewed = createClient({ address, tls: await readClientTls(stranger) });
  await renewed.kv.put('a', Buffer.from('again'));
  expect(JSON.parse(await receiver.next())).toMatchObject({ Value: 'YWdhaW4=' });
});

test('the program of a watch does not outlive its agent', async ({ onTestFinished }) => {
  const folder = await mkdtemp(join(tmpdir(), 'hobnob-watch-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const receiver = await openReceiver(onTestFinished);
  const pidFile = join(folder, 'pid');
  const script = `trap '' TERM; echo $$ > ${pidFile}; exec node -e "
    require('node:http').request('${receiver.url}', { method: 'POST' }).end('started'); setInterval(() => {}, 1e6)"`;
  const { agent } = await createTestAgent({ watches: [{ type: 'key', key: 'a', handler: script }] });
  onTestFinished(() => agent.close());
  expect(await receiver.next()).toBe('started');
  const pid = Number(await readFile(pidFile, 'utf8'));
  expect(() => process.kill(pid, 0)).not.toThrow();
  await agent.leave();
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});
