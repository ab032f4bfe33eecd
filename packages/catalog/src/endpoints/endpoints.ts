import { CatalogError } from '../errors.ts';
import { catalogEndpoint } from './catalog.ts';
import type { Answered, EndpointContext, NowHandler } from './context.ts';
import { coordinateEndpoint } from './coordinate.ts';
import { CoordinateBatches } from './coordinate-batches.ts';
import { healthEndpoint } from './health.ts';
import { internalEndpoint } from './internal.ts';
import { kvsEndpoint, kvsNow } from './kvs.ts';
import type { RpcMethod, RpcMethods } from './methods.ts';
import type { CallOptions, Rpc } from './rpc.ts';
import { sessionEndpoint } from './session.ts';
import { statusEndpoint } from './status.ts';
import { txnEndpoint } from './txn.ts';

/** Consul's RPC services on a server, in process. */
export interface Endpoints extends Rpc {
  /** As `call`, with the topics on which the reply depends. */
  ask<M extends RpcMethod>(
    method: M,
    request: RpcMethods[M]['request'],
    options: CallOptions,
  ): Promise<Answered<RpcMethods[M]['reply']>>;
  /**
   * As `ask`, in the same turn of the event loop; undefined when the read must wait or other servers must confirm it.
   * @throws CatalogError.
   */
  askNow<M extends NowMethod>(
    method: M,
    request: RpcMethods[M]['request'],
    options: Pick<CallOptions, 'authority'>,
  ): Answered<RpcMethods[M]['reply']> | undefined;
  /** Drops coordinates that wait to be written. May be called twice. */
  close(): void;
}

/** What may be asked with `askNow`. */
export type NowMethod = keyof ReturnType<typeof kvsNow>;

type Handlers = {
  readonly [M in RpcMethod]: (
    request: RpcMethods[M]['request'],
    options: CallOptions,
  ) => Promise<Answered<RpcMethods[M]['reply']>>;
};

type NowHandlers = {
  readonly [M in NowMethod]: NowHandler<RpcMethods[M]['request'], RpcMethods[M]['reply']>;
};

/** Joins the endpoints of all services behind one port. */
export function createEndpoints(context: EndpointContext): Endpoints {
  const batches = new CoordinateBatches(context);
  const handlers: Handlers = {
    ...catalogEndpoint(context),
    ...healthEndpoint(context),
    ...coordinateEndpoint(context, batches),
    ...internalEndpoint(context),
    ...kvsEndpoint(context),
    ...sessionEndpoint(context),
    ...txnEndpoint(context),
    ...statusEndpoint(context),
  };
  const ask: Endpoints['ask'] = async (method, request, options) => {
    if (!Object.hasOwn(handlers, method)) {
      throw new CatalogError('CATALOG_UNKNOWN_METHOD', `rpc: can't find method ${method}`);
    }
    return handlers[method](request, options);
  };
  const now: NowHandlers = kvsNow(context);
  return {
    ask,
    askNow: (method, request, options) => now[method](request, options),
    call: async (method, request, options) => (await ask(method, request, options)).reply,
    close: () => batches.close(),
  };
}
