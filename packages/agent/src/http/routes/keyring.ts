import { KeyringRecord } from '@hobnob/catalog/records';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { KeyringPort } from '../../agent-port.ts';
import { sendList } from '../answer.ts';
import { addEndpointOfMethods } from '../endpoints.ts';
import { HttpError } from '../error-reply.ts';
import { queryValue, readJsonBody } from '../request.ts';

/** Go's integers have 64 bits. */
const goIntBound = 2 ** 63;
/** Source: serf's limit for relays of a query. */
const relayFactorMax = 5;
const trueWords: ReadonlySet<string> = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const falseWords: ReadonlySet<string> = new Set(['', '0', 'f', 'F', 'FALSE', 'false', 'False']);

/** /v1/operator/keyring: GET lists, POST installs, PUT uses, DELETE removes. */
export function addKeyringRoutes(app: FastifyInstance, keyring: KeyringPort): void {
  const change =
    (operation: 'install' | 'use' | 'remove') =>
    async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
      const body = await readJsonBody(request, {
        fields: ['key'],
        refusal: 'Bad request: Request decode failed',
      });
      const { relayFactor, localOnly } = optionsOf(request);
      if (localOnly) {
        throw badRequest('Invalid use of local-only: local-only can only be set for list requests');
      }
      const key = body.get('key') ?? '';
      if (typeof key !== 'string') throw badRequest('Request decode failed: "Key" is not text');
      const missed = await keyring.change(operation, key, { relayFactor });
      // Consul answers without a body, and its clients do not read one.
      return missed.length === 0 ? reply.send() : reply.json({ MissedBy: missed });
    };
  addEndpointOfMethods(app, '/v1/operator/keyring', {
    GET: async (request, reply) => sendList(reply, KeyringRecord, await keyring.list(optionsOf(request))),
    POST: change('install'),
    PUT: change('use'),
    DELETE: change('remove'),
  });
}

function optionsOf(request: FastifyRequest): { readonly localOnly: boolean; readonly relayFactor: number } {
  const relayText = queryValue(request, 'relay-factor') ?? '';
  if (!/^([+-]?\d+)?$/.test(relayText)) {
    const quoted = JSON.stringify(relayText);
    throw badRequest(`Error parsing relay factor: strconv.Atoi: parsing ${quoted}: invalid syntax`);
  }
  const relayFactor = Number(relayText);
  if (Math.abs(relayFactor) >= goIntBound) {
    const quoted = JSON.stringify(relayText);
    throw badRequest(`Error parsing relay factor: strconv.Atoi: parsing ${quoted}: value out of range`);
  }
  if (relayFactor < 0 || relayFactor > relayFactorMax) {
    throw badRequest(`Invalid relay-factor: Relay factor must be in range: [0, ${relayFactorMax}]`);
  }
  const localText = queryValue(request, 'local-only') ?? '';
  if (!trueWords.has(localText) && !falseWords.has(localText)) {
    const quoted = JSON.stringify(localText);
    throw badRequest(`Error parsing local-only: strconv.ParseBool: parsing ${quoted}: invalid syntax`);
  }
  return { localOnly: trueWords.has(localText), relayFactor };
}

function badRequest(reason: string): HttpError {
  return new HttpError('HTTP_BAD_REQUEST', `Bad request: ${reason}`);
}
