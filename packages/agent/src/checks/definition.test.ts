import { CheckDefinition, readJson, ServiceDefinition } from '@hobnob/catalog/records';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AgentError } from '../errors.ts';
import { readCheck, readServiceChecks, validateCheck } from './definition.ts';
import type { CheckFields } from './fields.ts';

const s = 1_000_000_000n;
const http = { Name: 'a', HTTP: 'http://127.0.0.1:8080/' } as const;

function refusal(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof AgentError) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'none';
}

const noTtl = 'AGENT_CHECK Invalid check: TTL must be > 0 for TTL checks';
const noInterval = 'AGENT_CHECK Invalid check: Interval must be > 0 for Script, HTTP, or TCP checks';
const both = 'AGENT_CHECK Invalid check: Interval and TTL cannot both be specified';
const scripts =
  "AGENT_CHECK_DISABLED Scripts are disabled on this agent from remote calls; to enable, configure 'enable_script_checks' to true";

// Each text was asked of Consul 1.8.7.
const refused: readonly (readonly [CheckFields, string])[] = [
  [{}, 'AGENT_CHECK Missing check name'],
  [{ ID: 'i', TTL: s, Status: 'bad' }, 'AGENT_CHECK Missing check name'],
  [{ Name: 'a', Status: 'bad', Interval: s }, 'AGENT_CHECK Bad check status'],
  [{ Name: 'a', Status: 'Passing', TTL: s }, 'AGENT_CHECK Bad check status'],
  [{ Name: 'a' }, noTtl],
  [{ Name: 'a', TTL: -s }, noTtl],
  [{ Name: 'a', Interval: s }, noTtl],
  [{ Name: 'a', DockerContainerID: 'x', Interval: s }, noTtl],
  [{ Name: 'a', TTL: s, Interval: s }, both],
  [{ ...http, TTL: s, Interval: s, OutputMaxSize: -1 }, both],
  [http, noInterval],
  [{ ...http, Interval: -s }, noInterval],
  [{ ...http, TTL: s }, noInterval],
  [{ Name: 'a', TCP: 'x:1' }, noInterval],
  [{ Name: 'a', GRPC: 'x:1' }, noInterval],
  [{ Name: 'a', ScriptArgs: ['x'] }, noInterval],
  [{ Name: 'a', AliasService: 'q', HTTP: 'http://x' }, noInterval],
  [
    { ...http, AliasNode: 'x', Interval: s },
    'AGENT_CHECK Invalid check: Interval cannot be set for Alias checks',
  ],
  [
    { Name: 'a', AliasService: 'x', TTL: s },
    'AGENT_CHECK Invalid check: TTL must be not be set for Alias checks',
  ],
  [{ Name: 'a', TTL: s, OutputMaxSize: -1 }, 'AGENT_CHECK Invalid check: MaxOutputMaxSize must be positive'],
  [{ Name: 'a', ScriptArgs: ['true'], Interval: s }, scripts],
  [{ Name: 'a', ScriptArgs: ['true'], DockerContainerID: 'x', Interval: s }, scripts],
  [{ Name: 'a', ScriptArgs: ['true'], TCP: 'x:1', Interval: s }, scripts],
];

describe('a check that is registered by itself', () => {
  test.each(refused.map(([fields, text], index) => ({ fields, text, index })))(
    'definition $index is refused in the words of Consul: $text',
    ({ fields, text }) => {
      expect(refusal(() => readCheck(fields))).toBe(text);
    },
  );

  test.each(['UDP', 'H2PING', 'OSService'])(
    'what only later versions have, %s, is refused by its name',
    (name) => {
      const json = JSON.stringify({ Name: 'a', Interval: '1s', [name]: 'x' });
      expect(() => readJson(CheckDefinition, Buffer.from(json))).toThrow(`unknown field "${name}"`);
    },
  );

  test.each([
    ['h:1', 'h:1', ''],
    ['h:1/', 'h:1', ''],
    ['h:1/a.B/c', 'h:1', 'a.B/c'],
  ])('of a gRPC target %s the server is %s, and the service %j', (GRPC, address, service) => {
    const fields = { Name: 'a', Interval: s, GRPC, GRPCUseTLS: true };
    expect(readCheck(fields).definition).toMatchObject({
      kind: 'grpc',
      target: GRPC,
      address,
      service,
      usesTls: true,
      skipsTlsVerification: false,
      timeoutMs: 10_000,
    });
  });

  test('whether a kind is enabled is asked after the rest, so that callers can look for the service first', () => {
    expect(refusal(() => validateCheck({ Name: 'a', ScriptArgs: ['x'], Interval: s }))).toBe('none');
  });

  test.each([
    [{ allowsScripts: true }, true, true],
    [{ allowsScripts: true, allowsLocalScripts: false }, true, false],
    [{ allowsLocalScripts: true }, false, true],
    [{}, false, false],
  ])('with %j scripts of the HTTP API run: %s, those of files: %s', (settings, remote, local) => {
    const fields = { Name: 'a', ScriptArgs: ['x', 'y z'], Interval: s, TCP: '' };
    const runs = (source: 'remote' | 'local'): boolean =>
      refusal(() => readCheck(fields, { ...settings, source })) === 'none';
    expect([runs('remote'), runs('local')]).toEqual([remote, local]);
  });

  test('a script has its words, and half a minute', () => {
    const fields = { Name: 'a', ScriptArgs: ['x', 'y z'], Interval: s };
    expect(readCheck(fields, { allowsScripts: true }).definition).toMatchObject({
      kind: 'script',
      type: 'script',
      args: ['x', 'y z'],
      timeoutMs: 30_000,
    });
  });

  test('a script of a configuration file is refused in the words for files', () => {
    const fields = { Name: 'a', ScriptArgs: ['true'], Interval: s };
    expect(refusal(() => readCheck(fields, { source: 'local' }))).toContain("'enable_local_script_checks'");
  });

  test('an HTTP check has the defaults of Consul', () => {
    expect(readCheck({ ...http, Interval: 10n * s, Header: { 'X-A': ['1'], 'X-B': null } })).toEqual({
      definition: {
        kind: 'http',
        type: 'http',
        id: 'a',
        name: 'a',
        notes: '',
        serviceId: '',
        initialStatus: 'critical',
        outputBytesMax: 4096,
        deregisterCriticalAfterMs: undefined,
        intervalMs: 10_000,
        timeoutMs: 10_000,
        successBeforePassing: 0,
        failuresBeforeCritical: 0,
        url: 'http://127.0.0.1:8080/',
        method: 'GET',
        headers: [
          ['X-A', ['1']],
          ['X-B', []],
        ],
        body: '',
        skipsTlsVerification: false,
      },
      warnings: [],
    });
  });

  test('short times are raised, each with a warning', () => {
    const fields = { ...http, Interval: 10_000_000n, DeregisterCriticalServiceAfter: 10n * s, Timeout: -s };
    const { definition, warnings } = readCheck(fields);
    expect(definition).toMatchObject({
      intervalMs: 1_000,
      deregisterCriticalAfterMs: 60_000,
      timeoutMs: 10_000,
    });
    expect(warnings).toEqual([
      {
        message: 'check has deregister interval below minimum',
        fields: { check: 'a', minimum_interval: '1m0s' },
      },
      { message: 'check has interval below minimum', fields: { check: 'a', minimum_interval: '1s' } },
    ]);
  });

  test('an agent may allow shorter deregistration', () => {
    const fields = { ...http, Interval: s, DeregisterCriticalServiceAfter: 10n * s };
    const { definition, warnings } = readCheck(fields, { deregisterMinMs: 5_000 });
    expect(definition.deregisterCriticalAfterMs).toBe(10_000);
    expect(warnings).toEqual([]);
  });

  test.each([
    [undefined, 0, 4096],
    [undefined, 3, 3],
    [undefined, 100_000, 4096],
    [100, 200, 100],
    [8192, 0, 8192],
  ])('with output_max_size %s and OutputMaxSize %s it keeps %s bytes', (agent, own, kept) => {
    const settings = agent === undefined ? {} : { outputBytesMax: agent };
    expect(readCheck({ Name: 'a', TTL: s, OutputMaxSize: own }, settings).definition.outputBytesMax).toBe(
      kept,
    );
  });

  test.each([
    { kind: 'http', type: 'http', fields: { HTTP: 'http://x', TCP: 'x:1', Interval: s } },
    { kind: 'tcp', type: 'grpc', fields: { TCP: 'x:1', GRPC: 'x:1', Interval: s } },
    { kind: 'http', type: 'grpc', fields: { HTTP: 'http://x', GRPC: 'x:1', Interval: s } },
    { kind: 'tcp', type: 'tcp', fields: { TCP: 'x:1', DockerContainerID: 'x', Interval: s } },
    { kind: 'alias', type: 'alias', fields: { AliasService: 'q', Interval: s } },
  ])('of several kinds one runs, $kind, and one is shown, $type', ({ kind, type, fields }) => {
    expect(readCheck({ Name: 'a', ...fields }).definition).toMatchObject({ kind, type });
  });
});

describe('the checks of a service', () => {
  const web = { id: 'w', name: 'web' };
  const idsOf = (fields: Parameters<typeof readServiceChecks>[1]): readonly string[] =>
    readServiceChecks(web, fields).map(({ definition }) => definition.id);

  test('have ids and names of their service', () => {
    expect(idsOf({ Check: { TTL: s } })).toEqual(['service:w']);
    expect(idsOf({ Checks: [{ TTL: s }] })).toEqual(['service:w']);
    const mixed = { Check: { TTL: s }, Checks: [{ TTL: s }, { ...http, Interval: s, CheckID: 'cc' }] };
    expect(idsOf(mixed)).toEqual(['service:w:1', 'service:w:2', 'cc']);
    const [first] = readServiceChecks(web, mixed);
    expect(first?.definition).toMatchObject({ name: "Service 'web' check", serviceId: 'w' });
  });

  test('an empty Check is none, an empty one of Checks is refused', () => {
    expect(idsOf({ Check: {} })).toEqual([]);
    expect(idsOf({ Check: { TTL: 0n, Name: '', ScriptArgs: null }, Checks: null })).toEqual([]);
    expect(refusal(() => readServiceChecks(web, { Checks: [{}] }))).toBe(noTtl);
    expect(refusal(() => readServiceChecks(web, { Check: { Interval: s } }))).toBe(noTtl);
  });

  test('are all valid before a state is looked at', () => {
    const bad = { TTL: s, Status: 'bad' };
    expect(refusal(() => readServiceChecks(web, { Checks: [bad, {}] }))).toBe(noTtl);
    expect(refusal(() => readServiceChecks(web, { Checks: [bad] }))).toBe(
      "AGENT_CHECK Status for checks must 'passing', 'warning', 'critical'",
    );
  });
});

test('the records of requests are read as they come', () => {
  const json = '{"name":"a","http":"http://x","interval":"2s","header":{"X":null}}';
  const alone = readJson(CheckDefinition, Buffer.from(json));
  expect(readCheck(alone).definition).toMatchObject({ id: 'a', intervalMs: 2_000, headers: [['X', []]] });
  const services = '{"ID":"w","Name":"web","Checks":[{"TTL":"20s"}]}';
  const service = readJson(ServiceDefinition, Buffer.from(services));
  const [read] = readServiceChecks({ id: service.ID, name: service.Name }, service);
  expect(read?.definition).toMatchObject({ id: 'service:w', kind: 'ttl', ttlMs: 20_000 });
});

describe('whatever is defined', () => {
  const texts = fc.oneof(fc.constant(''), fc.string(), fc.constantFrom('passing', 'http://x', '[::1', '\0'));
  const durations = fc.oneof(
    fc.constantFrom(0n, 1n, s, -s),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  );
  const lists = fc.oneof(fc.constant(null), fc.array(fc.string(), { maxLength: 3 }));
  const numbers = fc.oneof(fc.integer(), fc.constantFrom(0, -1, Number.MAX_SAFE_INTEGER));
  const anyFields = fc.record(
    {
      ID: texts,
      CheckID: texts,
      Name: texts,
      Status: texts,
      ScriptArgs: lists,
      HTTP: texts,
      Header: fc.oneof(fc.constant(null), fc.dictionary(fc.string(), lists)),
      Method: texts,
      Body: texts,
      TCP: texts,
      GRPC: texts,
      AliasNode: texts,
      AliasService: texts,
      DockerContainerID: texts,
      Interval: durations,
      Timeout: durations,
      TTL: durations,
      DeregisterCriticalServiceAfter: durations,
      SuccessBeforePassing: numbers,
      FailuresBeforeCritical: numbers,
      OutputMaxSize: numbers,
    },
    { requiredKeys: [] },
  );

  test('is a sound definition or a declared error', () => {
    const web = { id: 'w', name: 'web' };
    fc.assert(
      fc.property(anyFields, fc.record({ allowsScripts: fc.boolean() }), (fields, settings) => {
        const read: unknown[] = [];
        const text = refusal(() =>
          read.push(readCheck(fields, settings), ...readServiceChecks(web, { Check: fields }, settings)),
        );
        if (text !== 'none') {
          expect(text).toMatch(/^AGENT_CHECK(_DISABLED)? \S/);
          return;
        }
        const { definition } = readCheck(fields, settings);
        expect(definition.id).not.toBe('');
        expect(definition.outputBytesMax).toBeGreaterThan(0);
        if ('intervalMs' in definition) {
          expect(definition.intervalMs).toBeGreaterThanOrEqual(1_000);
          expect(definition.timeoutMs).toBeGreaterThan(0);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
