import { readFileSync } from 'node:fs';
import { Filters } from '../src/filter/index.ts';
import { InputError } from '../src/go/input-error.ts';
import {
  AgentService,
  CheckServiceNode,
  HealthCheck,
  NodeRecord,
  readJson,
  ServiceNode,
} from '../src/records/index.ts';
import { listOf, mapOf, type RecordShape } from '../src/records/shape.ts';

/** What a real Consul answered to filter expressions, and our answers to the same. */

const shapes = { AgentService, CheckServiceNode, HealthCheck, NodeRecord, ServiceNode };

interface Vectors {
  /** PUT requests that give the agent its nodes, services and checks. */
  readonly setup: readonly { readonly path: string; readonly body: unknown }[];
  /** The answers without a filter, by the name of the endpoint. */
  readonly answers: Readonly<Record<string, Endpoint>>;
  readonly cases: readonly Case[];
}

interface Endpoint {
  readonly path: string;
  readonly shape: keyof typeof shapes;
  readonly body: unknown;
}

/** An expression at an endpoint, and what came: the ids of the records that passed, or the text of the refusal. */
interface Case extends Verdict {
  readonly endpoint: string;
  readonly expression: string;
}

export interface Verdict {
  readonly ids?: readonly string[];
  readonly text?: string;
}

export const filterVectors = JSON.parse(
  readFileSync(new URL('vectors/filters.json', import.meta.url), 'utf8'),
) as Vectors;

type Row = Readonly<Record<string, unknown>>;

/** The records of an unfiltered answer, each with the id that the vectors call it. */
function recordsOf(endpoint: string, body: unknown): readonly (readonly [string, Row])[] {
  const shape: RecordShape = shapeOf(endpoint);
  const bytes = Buffer.from(JSON.stringify(body));
  if (!Array.isArray(body)) {
    const rows = readJson(mapOf(shape), bytes) as Readonly<Record<string, Row>>;
    return Object.entries(rows).sort(([a], [b]) => (a < b ? -1 : 1));
  }
  const rows = readJson(listOf(shape), bytes) as readonly Row[];
  return rows.map((row, i) => [idsIn(body)[i] ?? '', row]);
}

function shapeOf(endpoint: string): RecordShape {
  return shapes[filterVectors.answers[endpoint]?.shape ?? 'NodeRecord'];
}

/** The ids of the records of an answer, in their order; of a map its keys, sorted. */
export function idsIn(body: unknown): readonly string[] {
  if (!Array.isArray(body)) return Object.keys(body as object).sort();
  return (body as readonly Row[]).map((row) => {
    const service = row['Service'] as Row | undefined;
    return String(service?.['ID'] ?? row['ServiceID'] ?? row['Node']);
  });
}

const filters = new Filters();

/** What we say of an expression, given the endpoint's answer without a filter. */
export async function ourVerdict(endpoint: string, expression: string, body: unknown): Promise<Verdict> {
  try {
    const check = endpoint === 'checks' ? 'first-record' : 'at-once';
    const filter = await filters.compile(shapeOf(endpoint), expression, { check });
    const passed = recordsOf(endpoint, body).filter(([, row]) => filter(row));
    return { ids: passed.map(([id]) => id) };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { text: error.message };
  }
}
