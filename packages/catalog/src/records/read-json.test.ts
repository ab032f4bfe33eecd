import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CheckDefinition, CoordinateUpdateRequest, DeregisterRequest, RegisterRequest } from './index.ts';
import { readJson } from './read-json.ts';
import { ServiceDefinition } from './service-definition.ts';
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
