import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AgentClient, createClient } from './client.ts';

/** Requests are those that the real command of Consul 1.8.7 sends. */

let asked: string[];
let answer = '';
let client: AgentClient;
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => {
    asked.push([`${request.method} ${request.url}`, body].join(' ').trim());
    response.end(answer);
  });
});

beforeEach(async () => {
  asked = [];
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client = createClient({ address: `127.0.0.1:${(server.address() as AddressInfo).port}` });
});

afterEach(() => new Promise((resolve) => server.close(resolve)));

test('an event goes out with its filters and payload', async () => {
  answer = '{"ID":"594503e3-5af3-5b55-e6f1-fc7703e5dd28"}';
  const event = { name: 'a/b c', payload: Buffer.from('x'), node: '^w', service: '', tag: 't' };
  expect(await client.fireEvent(event)).toBe('594503e3-5af3-5b55-e6f1-fc7703e5dd28');
  expect(asked).toEqual(['PUT /v1/event/fire/a%2Fb%20c?node=%5Ew&tag=t x']);
});

test('keys are listed and changed', async () => {
  answer = '[{"WAN":false,"Datacenter":"dc1","Segment":"","Keys":{"a":1},"PrimaryKeys":{},"NumNodes":1}]';
  expect(await client.listKeys({ relayFactor: 2, localOnly: true })).toMatchObject([{ Keys: { a: 1 } }]);
  answer = '';
  await client.changeKeys('install', 'k', { relayFactor: 0 });
  await client.changeKeys('use', 'k');
  await client.changeKeys('remove', 'k', { relayFactor: 5 });
  expect(asked).toEqual([
    'GET /v1/operator/keyring?local-only=true&relay-factor=2',
    'POST /v1/operator/keyring {"Key":"k"}',
    'PUT /v1/operator/keyring {"Key":"k"}',
    'DELETE /v1/operator/keyring?relay-factor=5 {"Key":"k"}',
  ]);
});

test('a change of the keys reports which failed members missed it', async () => {
  const row = { WAN: false, Datacenter: 'dc1', Count: 1, Members: ['db-2'] };
  answer = JSON.stringify({ MissedBy: [row] });
  expect(await client.changeKeys('use', 'k')).toEqual([row]);
  answer = '';
  expect(await client.changeKeys('use', 'k')).toEqual([]);
  answer = '{"MissedBy":[{"Members":[1]}]}';
  await expect(client.changeKeys('use', 'k')).rejects.toThrow('members that missed it');
});

test('coordinates are read from both areas', async () => {
  const row = { Node: 'a', Segment: '', Coord: { Vec: [0, 1], Error: 1, Adjustment: 0, Height: 0 } };
  answer = JSON.stringify([row]);
  expect(await client.coordinates()).toEqual([row]);
  answer = JSON.stringify([{ Datacenter: 'dc1', AreaID: 'wan', Coordinates: [row] }]);
  expect(await client.wanCoordinates()).toHaveLength(1);
});

test.each([
  ['[{"Node":"a","Coord":{"Vec":["x"],"Error":1,"Adjustment":0,"Height":0}}]', 'coordinates'],
  ['[{"Datacenter":"dc1"}]', 'wanCoordinates'],
  ['[{"WAN":true}]', 'listKeys'],
  ['null', 'coordinates'],
] as const)('%s is no answer to %s', async (body, call) => {
  answer = body;
  await expect(client[call]()).rejects.toMatchObject({ code: 'CLIENT_BODY' });
});
