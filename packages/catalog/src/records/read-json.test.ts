import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CheckDefinition, CoordinateUpdateRequest, DeregisterRequest, RegisterRequest } from './index.ts';
import { readJson } from './read-json.ts';
import { CheckType, ServiceDefinition } from './service-definition.ts';
import type { RecordShape } from './shape.ts';

interface Answer {
  readonly path: string;
  readonly body: string;
  readonly status: number;
  readonly text: string;
}

const shapes: Readonly<Record<string, RecordShape>> = {
  '/v1/agent/service/register': ServiceDefinition,
  '/v1/agent/check/register': CheckDefinition,
  '/v1/catalog/register': RegisterRequest,
  '/v1/catalog/deregister': DeregisterRequest,
  '/v1/coordinate/update': CoordinateUpdateRequest,
};

const vectors = JSON.parse(
  readFileSync(new URL('../../test/vectors/json-errors.json', import.meta.url), 'utf8'),
) as { readonly requests: readonly Answer[] };

/** What Consul says of a body that it cannot read; undefined for a body that it reads. */
function refusal({ status, text }: Answer): string | undefined {
  const [, reason] = /^Request decode failed: (.*)$/s.exec(text) ?? [];
  return status === 400 ? reason?.replace(' - Namespaces are a Consul Enterprise feature', '') : undefined;
}

test.each(vectors.requests)('$path reads $body as Consul does', (answer) => {
  const read = () => readJson(shapes[answer.path] as RecordShape, Buffer.from(answer.body));
  const reason = refusal(answer);
  if (reason === undefined) expect(read).not.toThrow();
  else expect(read).toThrow(expect.objectContaining({ name: 'InputError', message: reason }));
});

const read = (body: string) => readJson(CheckType, Buffer.from(body));

test('another spelling counts when the field itself is absent, null or empty', () => {
  const after = 'DeregisterCriticalServiceAfter';
  const cases = [
    [`{"deregister_critical_service_after":"1m"}`, 60_000_000_000n],
    [`{"${after}":null,"deregister_critical_service_after":"1m"}`, 60_000_000_000n],
    [`{"deregister_critical_service_after":"1m","${after}":"0s"}`, 0n],
    [`{"${after}":"2m","deregister_critical_service_after":"1m"}`, 120_000_000_000n],
    [`{"DEREGISTERCRITICALSERVICEAFTER":1.9e9}`, 1_900_000_000n],
  ] as const;
  for (const [body, ns] of cases) expect(read(body).DeregisterCriticalServiceAfter).toBe(ns);
  expect(read('{"args":["a"],"script_args":["b"]}').ScriptArgs).toEqual(['a']);
  expect(read('{"ScriptArgs":[],"script_args":["b"]}').ScriptArgs).toEqual(['b']);
  // Go copies the other spelling whether it is there or not.
  expect(read('{"ScriptArgs":[]}').ScriptArgs).toBeNull();
});

test('of equal keys the last one counts, but lists, maps and records are merged', () => {
  const body = '{"Name":"a","name":"b","Header":{"A":["1"]},"header":{"B":null},"Name":null}';
  expect(read(body)).toMatchObject({ Name: 'b', Header: { A: ['1'], B: null } });
  const check = '{"Check":{"Name":"x","Method":"PUT"},"check":{"Name":"y"}}';
  const service = readJson(ServiceDefinition, Buffer.from(check));
  expect(service.Check).toMatchObject({ Name: 'y', Method: 'PUT' });
  const lists =
    '{"Checks":[{"Name":"x"},{"Name":"z"}],"checks":[{"Method":"PUT"}],"Tags":["a","b"],"tags":[null]}';
  const merged = readJson(ServiceDefinition, Buffer.from(lists));
  expect(merged.Checks).toEqual([expect.objectContaining({ Name: 'x', Method: 'PUT' })]);
  expect(merged.Tags).toEqual(['a']);
});
