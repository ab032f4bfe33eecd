import { InputError, parseBool, quote } from '@hobnob/catalog/go';
import { KeyringRecord, record, text } from '@hobnob/catalog/records';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { KeyringPort } from '../../agent-port.ts';
import { sendList } from '../answer.ts';
import { addEndpointOfMethods } from '../endpoints.ts';
import { HttpError } from '../error-reply.ts';
import { queryValue, readRecord } from '../request.ts';

/** Go's integers have 64 bits. */
const goIntBound = 2 ** 63;
/** Source: serf's limit for relays of a query. */
const relayFactorMax = 5;
const KeyringArgs = record('keyringArgs', { Key: text }, { goType: 'agent.keyringArgs' });

/** /v1/operator/keyring: GET lists, POST installs, PUT uses, DELETE removes. */
export function addKeyringRoutes(app: FastifyInstance, keyring: KeyringPort): void {
  const change =
    (operation: 'install' | 'use' | 'remove') =>
    async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
      const refusal = 'Bad request: Request decode failed';
      const { Key: key } = await readRecord(request, KeyringArgs, { refusal });
      const { relayFactor, localOnly } = optionsOf(request);
      if (localOnly) {
        throw badRequest('Invalid use of local-only: local-only can only be set for list requests');
      }
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
    throw badRequest(`Error parsing relay factor: strconv.Atoi: parsing ${quote(relayText)}: invalid syntax`);
  }
  const relayFactor = Number(relayText);
  if (Math.abs(relayFactor) >= goIntBound) {
    throw badRequest(
      `Error parsing relay factor: strconv.Atoi: parsing ${quote(relayText)}: value out of range`,
    );
  }
  if (relayFactor < 0 || relayFactor > relayFactorMax) {
    throw badRequest(`Invalid relay-factor: Relay factor must be in range: [0, ${relayFactorMax}]`);
  }
  return { localOnly: isLocalOnly(request), relayFactor };
}

function isLocalOnly(request: FastifyRequest): boolean {
  const value = queryValue(request, 'local-only') ?? '';
  try {
    return value !== '' && parseBool(value);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw badRequest(`Error parsing local-only: ${error.message}`);
  }
}

function badRequest(reason: string): HttpError {
  return new HttpError('HTTP_BAD_REQUEST', `Bad request: ${reason}`);
}
