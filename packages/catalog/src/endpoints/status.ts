import { checkDatacenter, type EndpointContext, type Handler } from './context.ts';
import type { RpcMethods } from './methods.ts';

type Of<M extends keyof RpcMethods> = Handler<RpcMethods[M]['request'], RpcMethods[M]['reply']>;

/** Consul's Status endpoint. Source: consensus-and-rpc.md 3.11. */
export function statusEndpoint(context: EndpointContext) {
  const { log } = context;
  /** Requests of agents older than 1.8 name no datacenter. */
  const check = (request: { readonly Datacenter?: string }) => {
    if (request.Datacenter !== undefined && request.Datacenter !== '')
      checkDatacenter(context, request.Datacenter);
  };
  return {
    'Status.Ping': (async () => ({ reply: {}, topics: [] })) satisfies Of<'Status.Ping'>,

    'Status.Leader': (async (request) => {
      check(request);
      return { reply: log.leadership.leaderAddress, topics: [] };
    }) satisfies Of<'Status.Leader'>,

    'Status.Peers': (async (request) => {
      check(request);
      return { reply: log.peers, topics: [] };
    }) satisfies Of<'Status.Peers'>,
  };
}
