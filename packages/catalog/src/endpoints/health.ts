import { CheckServiceNode, HealthCheck } from '../records/index.ts';
import type { Answer } from '../store/queries/answer.ts';
import { checksInState, nodeChecks, serviceChecks } from '../store/queries/checks.ts';
import { filterPieces, type Later } from '../store/queries/later.ts';
import { type CheckedService, checkedServices } from '../store/queries/services.ts';
import type { Tables } from '../store/tables.ts';
import { nothing, serviceKey, serviceQuestion, withNear } from './catalog.ts';
import { type EndpointContext, filterOf, type Handler, mapRows, mustHave, read } from './context.ts';
import type { RpcMethods } from './methods.ts';
import { nearestFirst, originOf } from './near.ts';
import type { DatacenterRequest } from './requests.ts';
import type { CallOptions } from './rpc.ts';

type Of<M extends keyof RpcMethods> = Handler<RpcMethods[M]['request'], RpcMethods[M]['reply']>;

/** Consul's Health endpoint. Source: consensus-and-rpc.md 3.12. */
export function healthEndpoint(context: EndpointContext) {
  const { datacenter } = context;
  /** Reads a list of checks, filtered and sorted. */
  const readChecks = async (
    key: readonly unknown[],
    request: DatacenterRequest,
    options: CallOptions,
    find: (tables: Tables) => Answer<Later<readonly HealthCheck[]>>,
  ) => {
    const { Source, Filter } = request;
    const filter = await filterOf(context, request, HealthCheck);
    const ask = (tables: Tables) => {
      const origin = originOf(tables, datacenter, Source);
      const toReply = function* (all: readonly HealthCheck[]) {
        const found = yield* filterPieces(all, filter);
        return { HealthChecks: yield* nearestFirst(origin, found, ({ Node }) => Node) };
      };
      return withNear(Source, mapRows(find(tables), toReply, filter));
    };
    return read(context, { key: [...key, Source, Filter], request, ask }, options);
  };
  return {
    'Health.ChecksInState': (async (request, options) => {
      const { State, NodeMetaFilters } = request;
      return readChecks(['Health.ChecksInState', State, NodeMetaFilters], request, options, (tables) =>
        checksInState(tables, State, NodeMetaFilters ?? {}),
      );
    }) satisfies Of<'Health.ChecksInState'>,

    'Health.NodeChecks': (async (request, options) =>
      readChecks(['Health.NodeChecks', request.Node], request, options, (tables) =>
        nodeChecks(tables, request.Node),
      )) satisfies Of<'Health.NodeChecks'>,

    'Health.ServiceChecks': (async (request, options) => {
      const { ServiceName, NodeMetaFilters } = request;
      return readChecks(['Health.ServiceChecks', ServiceName, NodeMetaFilters], request, options, (tables) =>
        serviceChecks(tables, ServiceName, NodeMetaFilters ?? {}),
      );
    }) satisfies Of<'Health.ServiceChecks'>,

    'Health.ServiceNodes': (async (request, options) => {
      mustHave(request.ServiceName, 'service name');
      const filter = await filterOf(context, request, CheckServiceNode);
      const ask = (tables: Tables) => {
        // Which gateways serve a service is configured in entries that this version does not have.
        if (request.Ingress === true) return nothing({ Nodes: [] });
        const origin = originOf(tables, datacenter, request.Source);
        const toReply = function* (all: readonly CheckedService[]) {
          const found = yield* filterPieces(all, filter);
          return { Nodes: yield* nearestFirst(origin, found, ({ Node }) => Node.Node) };
        };
        const answer = mapRows(checkedServices(tables, serviceQuestion(request)), toReply, filter);
        return withNear(request.Source, answer);
      };
      return read(
        context,
        { key: ['Health.ServiceNodes', request.Ingress, ...serviceKey(request)], request, ask },
        options,
      );
    }) satisfies Of<'Health.ServiceNodes'>,
  };
}
