import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { InputError } from '../go/input-error.ts';
import {
  AgentService,
  CheckServiceNode,
  HealthCheck,
  NodeRecord,
  readJson,
  ServiceNode,
} from '../records/index.ts';
import { listOf, mapOf, type RecordShape } from '../records/shape.ts';
import { Filters } from './index.ts';

const shapes = { AgentService, CheckServiceNode, HealthCheck, NodeRecord, ServiceNode };
const lists = { nodes: 'Node', catalog: 'ServiceID', health: 'Service' } as const;

interface Answer {
  readonly shape: keyof typeof shapes;
  readonly body: unknown;
}

interface Case {
  readonly endpoint: string;
  readonly expression: string;
  readonly ids?: readonly string[];
  readonly text?: string;
}

const vectors = JSON.parse(
  readFileSync(new URL('../../test/vectors/filters.json', import.meta.url), 'utf8'),
) as { readonly answers: Readonly<Record<string, Answer>>; readonly cases: readonly Case[] };

type Row = Readonly<Record<string, unknown>>;

/** The records of an unfiltered answer, each with the id that the vectors call it. */
function rowsOf(endpoint: string): readonly (readonly [string, Row])[] {
  const { shape, body } = vectors.answers[endpoint] as Answer;
  const bytes = Buffer.from(JSON.stringify(body));
  if (!(endpoint in lists)) {
    const rows = readJson(mapOf<RecordShape>(shapes[shape]), bytes) as Readonly<Record<string, Row>>;
    return Object.entries(rows).sort(([a], [b]) => (a < b ? -1 : 1));
  }
  const field = lists[endpoint as keyof typeof lists];
  const rows = readJson(listOf<RecordShape>(shapes[shape]), bytes) as readonly Row[];
  return rows.map((row) => [String(endpoint === 'health' ? (row[field] as Row)['ID'] : row[field]), row]);
}

async function answerOf({ endpoint, expression }: Case): Promise<Pick<Case, 'ids' | 'text'>> {
  try {
    const shape = shapes[(vectors.answers[endpoint] as Answer).shape] as RecordShape;
    const check = endpoint === 'checks' ? 'first-record' : 'at-once';
    const filter = await filters.compile(shape, expression, { check });
    return { ids: (rows[endpoint] ?? []).filter(([, row]) => filter(row)).map(([id]) => id) };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { text: error.message };
  }
}

const filters = new Filters();
const rows = Object.fromEntries(Object.keys(vectors.answers).map((name) => [name, rowsOf(name)]));

test.each(Object.keys(vectors.answers))('filters of %s answer as Consul does', async (endpoint) => {
  const cases = vectors.cases.filter((entry) => entry.endpoint === endpoint);
  expect(cases.length).toBeGreaterThan(100);
  const ours = await Promise.all(cases.map(answerOf));
  const differing = cases.flatMap(({ expression, ids, text }, i) => {
    const theirs = ids === undefined ? { text } : { ids };
    return JSON.stringify(theirs) === JSON.stringify(ours[i]) ? [] : [{ expression, theirs, ours: ours[i] }];
  });
  expect(differing).toEqual([]);
});
