import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createClient } from './client.ts';

const memberRecord = { Name: 's1', Addr: '10.0.0.1', Port: 8301, Tags: {}, Status: 1 };
let server: Server | undefined;

afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  server = undefined;
});

/** An agent that answers every request alike and keeps what it was asked. */
async function agentThatAnswers(status: number, body: string, toOrders = body) {
  const asked: IncomingMessage[] = [];
  const started = createServer((request, response) => {
    asked.push(request);
    response.writeHead(status).end(request.method === 'PUT' ? toOrders : body);
  });
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  const { port } = started.address() as AddressInfo;
  return { asked, address: `127.0.0.1:${port}` };
}

test('each call is the request that Consul documents', async () => {
  const { asked, address } = await agentThatAnswers(200, JSON.stringify([memberRecord]), '');
  const client = createClient({ address, token: 'secret' });
  await client.members();
  await client.members({ wan: true });
  await client.join('s1.dc2/10.0.0.1:8302', { wan: true });
  await client.join('10.0.0.1');
  await client.reload();
  await client.leave();
  await client.forceLeave('c 1');
  await client.forceLeave('c1', { prune: true });
  expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
    'GET /v1/agent/members?segment=_all',
    'GET /v1/agent/members?segment=_all&wan=1',
    'PUT /v1/agent/join/s1.dc2%2F10.0.0.1%3A8302?wan=1',
    'PUT /v1/agent/join/10.0.0.1',
    'PUT /v1/agent/reload',
    'PUT /v1/agent/leave',
    'PUT /v1/agent/force-leave/c%201',
    'PUT /v1/agent/force-leave/c1?prune=1',
  ]);
  expect(asked[0]?.headers['x-consul-token']).toBe('secret');
});

test('members and self are what the agent says', async () => {
  const { address } = await agentThatAnswers(200, JSON.stringify([memberRecord]));
  expect(await createClient({ address: `http://${address}/` }).members()).toEqual([memberRecord]);
});

test('the WAN of a client agent is an empty list', async () => {
  const { address } = await agentThatAnswers(200, 'null');
  expect(await createClient({ address }).members({ wan: true })).toEqual([]);
});

test('another status is an error with the text of the agent', async () => {
  const { address } = await agentThatAnswers(500, "agent: No node found with name 'x'");
  await expect(createClient({ address }).forceLeave('x')).rejects.toMatchObject({
    code: 'CLIENT_STATUS',
    status: 500,
    body: "agent: No node found with name 'x'",
    method: 'PUT',
    url: `http://${address}/v1/agent/force-leave/x`,
  });
});

test.each(['not json', '{}', '[1]', '[{"Name":1}]'])('a body of %s is refused', async (body) => {
  const { address } = await agentThatAnswers(200, body);
  await expect(createClient({ address }).members()).rejects.toMatchObject({ code: 'CLIENT_BODY', body });
  await expect(createClient({ address }).self()).rejects.toMatchObject({ code: 'CLIENT_BODY', body });
});

test('an agent that is not there: the error keeps the error of the system', async () => {
  const { address } = await agentThatAnswers(200, '');
  await new Promise((resolve) => server?.close(resolve));
  server = undefined;
  const failure = createClient({ address }).leave();
  await expect(failure).rejects.toMatchObject({
    code: 'CLIENT_CONNECTION',
    status: 0,
    cause: { code: 'ECONNREFUSED' },
  });
  await expect(createClient({ address: 'unix:///nonexistent.sock' }).leave()).rejects.toMatchObject({
    cause: { code: 'ENOENT' },
  });
});

test('an abort rejects with its reason', async () => {
  const silent = createServer(() => undefined);
  server = silent;
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  const stop = new AbortController();
  const reason = new Error('enough');
  const call = createClient({ address: `127.0.0.1:${port}` }).leave({ signal: stop.signal });
  stop.abort(reason);
  await expect(call).rejects.toBe(reason);
});

test('a server that answers a PUT with a page is no agent', async () => {
  const { address } = await agentThatAnswers(200, '<html>');
  const client = createClient({ address });
  const refusal = { code: 'CLIENT_BODY', message: expect.stringMatching(/the answer is not an agent's$/) };
  await expect(client.leave()).rejects.toMatchObject(refusal);
  await expect(client.join('10.0.0.1')).rejects.toMatchObject(refusal);
  await expect(client.forceLeave('c1')).rejects.toMatchObject(refusal);
});

test.each([
  ['nothing', () => undefined],
  ['a line now and then', (write: (text: string) => void) => setInterval(() => write('\n'), 5).unref()],
])('an agent that answers %s is given up at the deadline', async (_what, behave) => {
  const slow = createServer((_request, response) => behave((text) => response.write(text)));
  server = slow;
  await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve));
  const { port } = slow.address() as AddressInfo;
  const call = createClient({ address: `127.0.0.1:${port}`, deadlineMs: 60 }).members();
  await expect(call).rejects.toMatchObject({
    code: 'CLIENT_CONNECTION',
    cause: { message: 'no whole answer within 60 ms' },
  });
});
