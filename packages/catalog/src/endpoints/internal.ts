import { CheckServiceNode } from '../records/index.ts';
import { filterPieces, mapPieces } from '../store/queries/later.ts';
import { dumpNodes, type NodeInfo, nodeInfo } from '../store/queries/nodes.ts';
import { type CheckedService, dumpServices } from '../store/queries/services.ts';
import type { Tables } from '../store/tables.ts';
import { type EndpointContext, filterOf, type Handler, mapAnswer, mapRows, read } from './context.ts';
import type { RpcMethods } from './methods.ts';
import { NodeDump } from './replies.ts';

type Of<M extends keyof RpcMethods> = Handler<RpcMethods[M]['request'], RpcMethods[M]['reply']>;

/** Consul's Internal endpoint: what the web page shows. Source: consensus-and-rpc.md 3.12. */
export function internalEndpoint(context: EndpointContext) {
  return {
    'Internal.NodeInfo': (async (request, options) => {
      const ask = (tables: Tables) =>
        mapAnswer(nodeInfo(tables, request.Node), (found) => ({
          Dump: found === undefined ? [] : [toDump(found)],
        }));
      return read(context, { key: ['Internal.NodeInfo', request.Node], request, ask }, options);
    }) satisfies Of<'Internal.NodeInfo'>,

    'Internal.NodeDump': (async (request, options) => {
      const filter = await filterOf(context, request, NodeDump);
      const toReply = function* (all: readonly NodeInfo[]) {
        const dump = yield* mapPieces(all, toDump);
        return { Dump: yield* filterPieces(dump, filter) };
      };
      const ask = (tables: Tables) => mapRows(dumpNodes(tables), toReply, filter);
      return read(context, { key: ['Internal.NodeDump', request.Filter], request, ask }, options);
    }) satisfies Of<'Internal.NodeDump'>,

    'Internal.ServiceDump': (async (request, options) => {
      const filter = await filterOf(context, request, CheckServiceNode);
      const kind = request.UseServiceKind === true ? (request.ServiceKind ?? '') : undefined;
      const ofKind = (row: CheckedService) => (row.Service.Kind === kind ? row : undefined);
      const toReply = function* (all: readonly CheckedService[]) {
        const rows = kind === undefined ? all : yield* mapPieces(all, ofKind);
        return { Nodes: yield* filterPieces(rows, filter) };
      };
      const ask = (tables: Tables) => mapRows(dumpServices(tables), toReply, filter);
      return read(context, { key: ['Internal.ServiceDump', kind, request.Filter], request, ask }, options);
    }) satisfies Of<'Internal.ServiceDump'>,
  };
}

function toDump({ node, services, checks }: NodeInfo): NodeDump {
  const { ID, Node, Address, TaggedAddresses, Meta } = node;
  return { ID, Node, Address, TaggedAddresses, Meta, Services: services, Checks: checks };
}
