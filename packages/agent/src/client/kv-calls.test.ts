import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AnsweringAgent, startAnsweringAgent } from '../../test/answering-agent.ts';
import { type AgentClient, createClient } from './client.ts';

/** Requests and answers are those of Consul 1.8.7 and its Go client. */

let agent: AnsweringAgent;
let client: AgentClient;
beforeEach(async () => {
  agent = await startAnsweringAgent();
  client = createClient({ address: agent.address });
});
afterEach(() => agent[Symbol.asyncDispose]());

const longFlags = `[
    {
        "LockIndex": 0,
        "Key": "a\\"Flags\\":12345678901234567890",
        "Flags": 18446744073709551615,
        "Value": "AP8=",
        "Session": "s1",
        "CreateIndex": 9223372036854775809,
        "ModifyIndex": 23
    }
]`;

describe('reads of the key/value store', () => {
  test('are the requests of the HTTP API', async () => {
    agent.answer = { body: '[]' };
    await client.kv.get('a b/ü?&', { consistency: 'consistent', index: 7n, waitMs: 2000 });
    await client.kv.list('p/', { datacenter: 'dc2', consistency: 'stale' });
    await client.kv.keys('', { separator: '/' });
    await client.kv.keys('!(x)*');
    await client.kv.get('/half\ud800');
    expect(agent.asked).toEqual([
      'GET /v1/kv/a%20b/%C3%BC%3F&?consistent=&index=7&wait=2000ms',
      'GET /v1/kv/p/?dc=dc2&recurse=&stale=',
      'GET /v1/kv/?keys=&separator=%2F',
      'GET /v1/kv/%21%28x%29%2A?keys=',
      'GET /v1/kv//half%EF%BF%BD',
    ]);
  });

  test('keep flags and indexes of 64 bits exact, and bytes as they are', async () => {
    agent.answer = { body: longFlags, headers: { 'X-Consul-Index': '23' } };
    const entry = {
      Key: 'a"Flags":12345678901234567890',
      Value: Buffer.from([0, 255]),
      Flags: 18446744073709551615n,
      Session: 's1',
      LockIndex: 0n,
      CreateIndex: 9223372036854775809n,
      ModifyIndex: 23n,
    };
    expect(await client.kv.get('a')).toMatchObject({ value: entry, index: 23n });
    expect((await client.kv.list('a')).value).toEqual([entry]);
  });

  test('an entry without value and session has an empty value and no session', async () => {
    agent.answer = {
      body: [{ LockIndex: 0, Key: 'a', Flags: 0, Value: null, CreateIndex: 1, ModifyIndex: 1 }],
    };
    expect((await client.kv.get('a')).value).toMatchObject({ Value: Buffer.alloc(0), Session: '' });
  });

  test('what is not there is nothing, with the index to wait from', async () => {
    agent.answer = { status: 404, headers: { 'X-Consul-Index': '5' } };
    expect(await client.kv.get('a')).toMatchObject({ value: undefined, index: 5n });
    expect(await client.kv.list('a')).toMatchObject({ value: [], index: 5n });
    expect(await client.kv.keys('a')).toMatchObject({ value: [], index: 5n });
  });

  test.each([
    ['{}'],
    ['[{"Key":"a"}]'],
    ['[{"Key":"a","Value":3,"Flags":0,"LockIndex":0,"CreateIndex":1,"ModifyIndex":1}]'],
    ['[{"Key":"a","Value":"","Flags":1.5,"LockIndex":0,"CreateIndex":1,"ModifyIndex":1}]'],
    ['<html>'],
  ])('refuse the answer %s', async (body) => {
    agent.answer = { body };
    await expect(client.kv.get('a')).rejects.toMatchObject({ code: 'CLIENT_BODY' });
  });
});

describe('writes of the key/value store', () => {
  test('are the requests of the HTTP API', async () => {
    agent.answer = { body: 'true' };
    await client.kv.put('a', 'ü', { flags: 18446744073709551615n, cas: 0n });
    await client.kv.put('a', new Uint8Array([0x78]), { acquire: 's', ttl: '30s', datacenter: 'd' });
    await client.kv.put('a', '', { release: 's' });
    await client.kv.delete('a');
    await client.kv.delete('a/', { recurse: true });
    await client.kv.delete('a', { cas: 0n });
    expect(agent.asked).toEqual([
      'PUT /v1/kv/a?cas=0&flags=18446744073709551615 ü',
      'PUT /v1/kv/a?acquire=s&dc=d&ttl=30s x',
      'PUT /v1/kv/a?release=s',
      'DELETE /v1/kv/a',
      'DELETE /v1/kv/a/?recurse=',
      'DELETE /v1/kv/a?cas=0',
    ]);
  });

  test('say whether they applied', async () => {
    agent.answer = { body: 'false' };
    expect(await client.kv.put('a', 'x', { cas: 3n })).toBe(false);
    expect(await client.kv.delete('a', { cas: 3n })).toBe(false);
    agent.answer = { body: '1' };
    await expect(client.kv.put('a', 'x')).rejects.toMatchObject({ code: 'CLIENT_BODY' });
  });
});

describe('a write that would be another one', () => {
  const wrong = { code: 'CLIENT_ARGUMENT' };

  test('is no request: a value that is none, as JavaScript passes it', async () => {
    for (const [value, kind] of [
      [undefined, 'undefined'],
      [null, 'null'],
      [5, 'number'],
      [{}, 'object'],
    ] as const) {
      const put = client.kv.put('a', value as unknown as string);
      await expect(put).rejects.toMatchObject({
        ...wrong,
        message: `value must be a string or a Uint8Array, not ${kind}`,
      });
    }
    await expect(client.kv.delete(undefined as unknown as string, { recurse: true })).rejects.toMatchObject(
      wrong,
    );
    await expect(client.kv.list(undefined as unknown as string)).rejects.toMatchObject(wrong);
    expect(agent.asked).toEqual([]);
  });

  test.each([[{ acquire: '' }], [{ release: '' }], [{ ttl: '' }]])(
    'is no request: with %o',
    async (options) => {
      await expect(client.kv.put('a', 'x', options)).rejects.toMatchObject(wrong);
      expect(agent.asked).toEqual([]);
    },
  );

  test('is no lock and no semaphore', () => {
    expect(() => client.lock('')).toThrow('key must not be empty');
    expect(() => client.lock('a', { session: '' })).toThrow('session must not be empty');
    expect(() => client.lock('a', { value: 5 as unknown as string })).toThrow('value must be a string');
    expect(() => client.semaphore('', { limit: 1 })).toThrow('prefix must not be empty');
    for (const limit of [0, -1, 1.5, Number.NaN, '2', undefined]) {
      expect(() => client.semaphore('a', { limit: limit as number })).toThrow(
        'limit must be a positive integer',
      );
    }
  });
});

describe('sessions', () => {
  const session = { ID: 's1', Name: 'n', Node: 'm', Behavior: 'release', TTL: '15s', LockDelay: 15e9 };

  test('are created, renewed, listed and ended', async () => {
    agent.answer = { body: { ID: 's1' } };
    expect(await client.session.create({ Name: 'n', TTL: '15s' }, { datacenter: 'd' })).toBe('s1');
    agent.answer = { body: [session] };
    expect(await client.session.renew('s1')).toEqual(session);
    expect((await client.session.info('s1', { index: 3n, waitMs: 1 })).value).toEqual(session);
    expect((await client.session.list()).value).toEqual([session]);
    expect((await client.session.node('m n')).value).toEqual([session]);
    agent.answer = { body: 'true' };
    await client.session.destroy('s1');
    expect(agent.asked).toEqual([
      'PUT /v1/session/create?dc=d {"Name":"n","TTL":"15s"}',
      'PUT /v1/session/renew/s1',
      'GET /v1/session/info/s1?index=3&wait=1ms',
      'GET /v1/session/list',
      'GET /v1/session/node/m%20n',
      'PUT /v1/session/destroy/s1',
    ]);
  });

  test('one that has ended is none', async () => {
    agent.answer = { body: [] };
    expect((await client.session.info('s1')).value).toBeUndefined();
    agent.answer = { status: 404, body: "Session id 's1' not found" };
    expect(await client.session.renew('s1')).toBeUndefined();
  });
});
