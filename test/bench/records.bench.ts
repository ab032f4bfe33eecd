import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { createRequire } from 'node:module';
import { Filters } from '../../packages/catalog/src/filter/index.ts';
import {
  CheckServiceNode,
  create,
  HealthCheck,
  jsonWriter,
  msgpackOf,
  NodeRecord,
  NodeService,
  RegisterRequest,
  readJson,
} from '../../packages/catalog/src/records/index.ts';
import { fieldsOf, listOf, type Shape } from '../../packages/catalog/src/records/shape.ts';
import { type BenchCase, measureInTurn, median } from './measure.ts';

/**
 * The answer to GET /v1/health/service/web for 100 instances as JSON, beside JSON.stringify and fast-json-stringify; the
 * same in MessagePack; a registration read, beside JSON.parse; a filter. Every case first proves its result.
 */

const rows = Array.from({ length: 100 }, (_, i) => instance(i));
const list = listOf(CheckServiceNode);

function instance(i: number): CheckServiceNode {
  const node = `node-${String(i).padStart(4, '0')}`;
  const host = `10.0.${i >> 8}.${i & 255}`;
  return create(CheckServiceNode, {
    Node: create(NodeRecord, {
      ID: `${String(i).padStart(8, '0')}-c2c1-2e5f-4a96-1aed17f04e21`,
      Node: node,
      Address: host,
      Datacenter: 'dc1',
      TaggedAddresses: { lan: host, lan_ipv4: host, wan: host, wan_ipv4: host },
      Meta: { 'consul-network-segment': '' },
      CreateIndex: 10,
      ModifyIndex: 11 + i,
    }),
    Service: create(NodeService, {
      ID: `web-${i}`,
      Service: 'web',
      Tags: ['v1', 'primary'],
      Address: host,
      Meta: { version: '1', zone: 'a' },
      Port: 8080 + i,
      Weights: { Passing: 1, Warning: 1 },
      CreateIndex: 20,
      ModifyIndex: 20 + i,
    }),
    Checks: [
      create(HealthCheck, {
        Node: node,
        CheckID: 'serfHealth',
        Name: 'Serf Health Status',
        Status: 'passing',
        Output: 'Agent alive and reachable',
        ServiceTags: [],
        CreateIndex: 10,
        ModifyIndex: 10,
      }),
      create(HealthCheck, {
        Node: node,
        CheckID: `service:web-${i}`,
        Name: "Service 'web' check",
        Status: 'passing',
        Output: `HTTP GET http://${host}:8080/health: 200 OK Output: {"ok":true}`,
        ServiceID: `web-${i}`,
        ServiceName: 'web',
        ServiceTags: ['v1', 'primary'],
        Type: 'http',
        CreateIndex: 30,
        ModifyIndex: 30 + i,
      }),
    ],
  });
}

const forHtml = /[<>&\u2028\u2029]/g;

/** What JSON.stringify leaves out: Go's text is safe inside HTML. */
function escaped(text: string): string {
  return text.replace(forHtml, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A JSON schema of what the writer writes, for fast-json-stringify. */
function schemaOf(shape: Shape): object {
  switch (shape.kind) {
    case 'record': {
      const fields = fieldsOf(shape).filter((entry) => entry.json);
      const properties = Object.fromEntries(fields.map((entry) => [entry.name, schemaOf(entry.shape)]));
      return { type: 'object', properties };
    }
    case 'pointer':
      return { ...schemaOf(shape.target), nullable: true };
    case 'list':
      return { type: 'array', items: schemaOf(shape.item), nullable: true };
    case 'map':
      return { type: 'object', additionalProperties: schemaOf(shape.item), nullable: true };
    case 'bool':
      return { type: 'boolean' };
    case 'text':
    case 'duration':
      return { type: 'string' };
    case 'json':
      return {};
    default:
      return { type: 'number' };
  }
}

/** Fastify's own dependency, not ours: resolved from there. */
function fastJsonStringify(schema: object): (value: unknown) => string {
  const fromAgent = createRequire(new URL('../../packages/agent/package.json', import.meta.url));
  const fromFastify = createRequire(fromAgent.resolve('fastify'));
  const fromCompiler = createRequire(fromFastify.resolve('@fastify/fast-json-stringify-compiler'));
  return fromCompiler('fast-json-stringify')(schema);
}

function jsonCases(): readonly BenchCase[] {
  const write = jsonWriter(list);
  const pretty = jsonWriter(list, 'pretty');
  const written = write(rows);
  // The baselines get plain values with what is left out left out already.
  const plain: unknown = JSON.parse(String(written));
  const compiled = fastJsonStringify(schemaOf(list));
  const stringify = () => Buffer.from(escaped(JSON.stringify(plain)));
  strictEqual(String(stringify()), String(written));
  deepStrictEqual(JSON.parse(compiled(plain)), plain);
  deepStrictEqual(JSON.parse(String(pretty(rows))), plain);
  return [
    { name: 'JSON.stringify, escaped, as bytes', run: () => void stringify() },
    { name: 'fast-json-stringify, escaped, as bytes', run: () => void Buffer.from(escaped(compiled(plain))) },
    { name: 'fast-json-stringify as bytes, not escaped', run: () => void Buffer.from(compiled(plain)) },
    { name: 'our writer', run: () => void write(rows) },
    { name: 'our writer, pretty', run: () => void pretty(rows) },
  ];
}

function otherCases(): readonly BenchCase[] {
  const codec = msgpackOf(list);
  const packed = codec.encode(rows);
  deepStrictEqual(
    JSON.parse(String(jsonWriter(list)(codec.decode(packed)))),
    JSON.parse(String(jsonWriter(list)(rows))),
  );
  const { Node, Service, Checks } = instance(1);
  const request = create(RegisterRequest, { ...Node, NodeMeta: Node.Meta, Service, Checks });
  const body = jsonWriter(RegisterRequest)(request);
  strictEqual(String(jsonWriter(RegisterRequest)(readJson(RegisterRequest, body))), String(body));
  const filter = new Filters().compile(
    CheckServiceNode,
    'Service.Meta.zone == a and not Checks.Status == critical and Service.Port != 8099',
  );
  if (filter instanceof Promise) throw new Error('the filter has no regular expression');
  strictEqual(rows.filter(filter).length, 99);
  return [
    { name: 'MessagePack written', run: () => void codec.encode(rows) },
    { name: 'MessagePack read', run: () => void codec.decode(packed) },
    { name: 'one registration read by JSON.parse', run: () => void JSON.parse(body.toString()) },
    { name: 'one registration read', run: () => void readJson(RegisterRequest, body) },
    { name: 'filter over 100 instances', run: () => void rows.filter(filter) },
  ];
}

export async function run(): Promise<void> {
  process.stdout.write(`node ${process.version}\n`);
  for (const cases of [jsonCases(), otherCases()]) {
    const results = await measureInTurn(cases, { rounds: 60, runsInTurn: 20, warmupRounds: 20 });
    const baseline = median(results[0]?.wallMs ?? []);
    for (const { name, wallMs } of results) {
      const micros = median(wallMs) * 1000;
      const ratio = (baseline / median(wallMs)).toFixed(2);
      process.stdout.write(
        `${name.padEnd(46)} ${micros.toFixed(1).padStart(9)} us median ${ratio.padStart(8)}x\n`,
      );
    }
  }
}
