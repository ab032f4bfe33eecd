import { InputError, parseBool } from '@hobnob/catalog/go';
import { CheckServiceNode, HealthCheck } from '@hobnob/catalog/records';
import { dropMeta, type Exchange } from '../answer.ts';
import type { AddRead, CatalogReads, ReadPort } from '../catalog-reads.ts';
import { HttpError } from '../error-reply.ts';
import { listJson, type WriteJson } from '../json-body.ts';
import { nodeMetaOf, sourceOf } from '../query-options.ts';
import { queryValue } from '../request.ts';
import { each, serviceRequest, withServiceTags, withTags } from './catalog.ts';

/** The routes below /v1/health. */
export function addHealthRoutes(port: ReadPort, { addRead }: CatalogReads): void {
  addChecks(addRead, port);
  const kinds = [
    ['service', {}],
    ['connect', { Connect: true }],
    ['ingress', { Ingress: true }],
  ] as const;
  for (const [path, kind] of kinds) {
    addRead({
      url: `/v1/health/${path}/*`,
      named: 'service name',
      method: 'Health.ServiceNodes',
      isCacheable: true,
      ask: (asked) => ({ ...kind, ...serviceRequest(asked, port.place) }),
      show: ({ Nodes }, exchange) => {
        const wanted = isPassingAsked(exchange) ? Nodes.filter(isPassing) : Nodes;
        return listJson(CheckServiceNode, each(wanted, withLists));
      },
    });
  }
}

function addChecks(addRead: AddRead, { place }: ReadPort): void {
  const show = ({ HealthChecks }: { readonly HealthChecks: readonly HealthCheck[] }): WriteJson =>
    listJson(HealthCheck, each(HealthChecks, withServiceTags));
  addRead({
    url: '/v1/health/node/*',
    named: 'node name',
    method: 'Health.NodeChecks',
    ask: ({ query, name }) => ({ Node: name, ...query }),
    show,
  });
  addRead({
    url: '/v1/health/checks/*',
    named: 'service name',
    method: 'Health.ServiceChecks',
    ask: ({ request, query, name }) => ({
      ServiceName: name,
      Source: sourceOf(request, place),
      NodeMetaFilters: nodeMetaOf(request),
      ...query,
    }),
    show,
  });
  addRead({
    url: '/v1/health/state/*',
    named: 'check state',
    method: 'Health.ChecksInState',
    ask: ({ request, query, name }) => ({
      State: name,
      Source: sourceOf(request, place),
      NodeMetaFilters: nodeMetaOf(request),
      ...query,
    }),
    show,
  });
}

/** `?passing`, with no value or a true one. @throws HttpError HTTP_BAD_REQUEST. */
function isPassingAsked({ request, reply }: Exchange): boolean {
  const value = queryValue(request, 'passing');
  if (value === undefined || value === '') return value !== undefined;
  try {
    return parseBool(value);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    dropMeta(reply);
    throw new HttpError('HTTP_BAD_REQUEST', 'Invalid value for ?passing');
  }
}

function isPassing({ Checks }: CheckServiceNode): boolean {
  return (Checks ?? []).every(({ Status }) => Status === 'passing');
}

/** Lists where the store has none, as Consul's HTTP answers have them. */
function withLists({ Node, Service, Checks }: CheckServiceNode): CheckServiceNode {
  return { Node, Service: withTags(Service), Checks: (Checks ?? []).map(withServiceTags) };
}
