import { readFileSync } from 'node:fs';
import { Reader, readArrayHeader, readMapHeader, skipValue } from '@hobnob/gossip/codec';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DatacenterMap, GatewayService, jsonWriter, listOf, readJson } from '../records/index.ts';
import { codecOf, isRpcMethod, rpcMethods as methods, type RpcMethod } from './methods.ts';

/** Bodies that real Consul sent: each is read and written back. */

interface Message {
  readonly method: RpcMethod;
  readonly part: 'request' | 'reply';
  readonly hex: string;
}

function vectors(file: string): readonly Message[] {
  const text = readFileSync(new URL(`../../test/vectors/${file}`, import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly messages: readonly Message[] }).messages;
}

const messages = [...vectors('rpc-bodies.json'), ...vectors('rpc-calls.json'), ...vectors('kv-calls.json')];

/**
 * The bytes as hex with the entries of every map sorted, since Go writes those of a map in random order, and with an
 * empty list for nil as a field of a reply.
 */
function canonical(bytes: Uint8Array, part: Message['part']): string {
  const reader = new Reader(bytes);
  const since = (start: number) => Buffer.from(bytes.subarray(start, reader.offset)).toString('hex');
  const next = (depth: number): string => {
    const start = reader.offset;
    const tag = reader.peek();
    if ((tag & 0xf0) === 0x80 || tag === 0xde) {
      const count = readMapHeader(reader);
      const header = since(start);
      const entries = Array.from({ length: count }, () => next(depth + 1) + next(depth + 1));
      return header + entries.sort().join('');
    }
    if ((tag & 0xf0) === 0x90 || tag === 0xdc) {
      const count = readArrayHeader(reader);
      const header = since(start);
      return header + Array.from({ length: count }, () => next(depth + 1)).join('');
    }
    skipValue(reader);
    const hex = since(start);
    return part === 'reply' && depth === 1 && hex === 'c0' ? '90' : hex;
  };
  return next(0);
}

test.each(messages)('$part of $method is read, and written as Consul sent it', ({ method, part, hex }) => {
  const sent = Buffer.from(hex, 'hex');
  const codec = codecOf(method)[part];
  const reader = new Reader(sent);
  const value = codec.read(reader);
  expect(reader.remaining).toBe(0);
  const written = codec.encode(value as never);
  expect(canonical(written, part)).toBe(canonical(sent, part));
  expect(codec.decode(written)).toEqual(value);
});

test('both bodies of every method are among them; a ping has none that could be wrong', () => {
  const seen = new Set(messages.map(({ method, part }) => `${method} ${part}`));
  const missing = methods.filter((method) => !seen.has(`${method} request`) || !seen.has(`${method} reply`));
  expect(missing).toEqual(['Status.Ping']);
});

test('services behind a gateway are written in JSON as a real agent writes them', () => {
  const [reply] = messages
    .filter(({ method, part }) => method === 'Catalog.GatewayServices' && part === 'reply')
    .map(({ hex }) => codecOf('Catalog.GatewayServices').reply.decode(Buffer.from(hex, 'hex')))
    .filter(({ Services }) => Services?.length === 2);
  expect(String(jsonWriter(listOf(GatewayService))(reply?.Services ?? null))).toBe(
    '[{"Gateway":{"Name":"tg"},"Service":{"Name":"db"},"GatewayKind":"terminating-gateway","CAFile":"/ca","CertFile":"/c","KeyFile":"/k","SNI":"s","CreateIndex":12,"ModifyIndex":12},{"Gateway":{"Name":"tg"},"Service":{"Name":"other"},"GatewayKind":"terminating-gateway","CAFile":"/x","FromWildcard":true,"CreateIndex":13,"ModifyIndex":13}]',
  );
});

test('a request lacks what is zero, and is whole on the wire', () => {
  const { request } = codecOf('Catalog.ServiceNodes');
  const asked = { Datacenter: 'dc1', ServiceName: 'web', Source: { Node: 'n1' } };
  expect(request.decode(request.encode(asked))).toEqual({
    Datacenter: 'dc1',
    NodeMetaFilters: null,
    Source: { Datacenter: '', Segment: '', Node: 'n1', Ip: '' },
    Token: '',
    MinQueryIndex: 0,
    MaxQueryTime: 0n,
    AllowStale: false,
    RequireConsistent: false,
    UseCache: false,
    MaxStaleDuration: 0n,
    MaxAge: 0n,
    MustRevalidate: false,
    StaleIfError: 0n,
    Filter: '',
    ServiceName: 'web',
    ServiceTag: '',
    ServiceTags: null,
    ServiceAddress: '',
    TagFilter: false,
    Connect: false,
    Ingress: false,
  });
});

test('a list of a reply that is nil or missing is empty', () => {
  const { reply } = codecOf('Catalog.ListNodes');
  for (const hex of ['80', '81a54e6f646573c0']) {
    expect(reply.decode(Buffer.from(hex, 'hex'))).toEqual({
      Nodes: [],
      Index: 0,
      LastContact: 0n,
      KnownLeader: false,
      ConsistencyLevel: '',
    });
  }
  const fromJson = readJson(listOf(DatacenterMap), Buffer.from('[{"Coordinates": null}]'));
  expect(fromJson?.[0]?.Coordinates).toEqual([]);
  const { reply: names } = codecOf('Status.Peers');
  expect(names.decode(Buffer.from('c0', 'hex'))).toEqual([]);
});

test.each(['Catalog.Nothing', '', 'constructor', '__proto__'])('%j names no method', (name) => {
  expect(isRpcMethod(name)).toBe(false);
});

test.each(methods)('bytes of a stranger for %s never do worse than a WireError', (method) => {
  const { request } = codecOf(method);
  const [known] = messages.filter((message) => message.method === method && message.part === 'request');
  const base = Buffer.from(known?.hex ?? '80', 'hex');
  const change = fc.tuple(fc.nat({ max: base.length - 1 }), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const bytes = Buffer.from(base);
      for (const [at, value] of changes) bytes[at] = value;
      try {
        request.encode(request.decode(bytes) as never);
      } catch (error) {
        expect(error).toMatchObject({ name: 'WireError' });
      }
    }),
  );
});
