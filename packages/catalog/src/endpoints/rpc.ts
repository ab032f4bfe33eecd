import type { RpcMethod, RpcMethods } from './methods.ts';

/** What the caller's token may do. It is part of every key under which answers are shared or kept. */
export interface Authority {
  /** The same for callers who may do the same. */
  readonly key: string;
}

/** May do everything: until there are access rules, every caller. */
export const everything: Authority = { key: '' };

/** What a call carries beside its request. */
export interface CallOptions {
  readonly authority: Authority;
  /** Ends a read that waits, with its reason. A write that is under way goes on. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The one way to the catalog for HTTP, DNS and local state: in process on a server, over the wire on a client.
 * Calls reject with CatalogError, whose message is Consul's.
 */
export interface Rpc {
  call<M extends RpcMethod>(
    method: M,
    request: RpcMethods[M]['request'],
    options: CallOptions,
  ): Promise<RpcMethods[M]['reply']>;
}
