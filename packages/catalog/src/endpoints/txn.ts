import { CatalogError } from '../errors.ts';
import { quote, uuidProblem } from '../go/index.ts';
import type { TxnError, TxnOp, TxnResponse } from '../records/index.ts';
import { isLarge } from '../store/commands.ts';
import { Later, runToEnd } from '../store/queries/later.ts';
import { cloneTables, type Tables } from '../store/tables.ts';
import { excessOf, isTxnWrite, readTxn } from '../store/txn-reads.ts';
import { checkDatacenter, computed, type EndpointContext, type Handler, propose, read } from './context.ts';
import { checkKey } from './kvs.ts';
import type { RpcMethods } from './methods.ts';
import { prepareService } from './register.ts';

type Of<M extends keyof RpcMethods> = Handler<RpcMethods[M]['request'], RpcMethods[M]['reply']>;

/** Consul's Txn endpoint. Sources: consensus-and-rpc.md 3.12, 5.6. */
export function txnEndpoint(context: EndpointContext) {
  return {
    'Txn.Apply': (async (request) => {
      checkDatacenter(context, request.Datacenter);
      const { ops, errors } = prepare(context, request.Ops ?? []);
      const refused = errors.length > 0 ? errors : await excessErrors(context, ops);
      if (refused.length > 0) return { reply: { Results: null, Errors: refused }, topics: [] };
      const value = await propose(context, { type: 8, body: { ...request, Ops: ops } });
      if (!isResponse(value))
        throw new CatalogError('CATALOG_LOG', 'unexpected return type of a transaction');
      return { reply: value, topics: [] };
    }) satisfies Of<'Txn.Apply'>,

    'Txn.Read': (async (request, options) => {
      const { ops, errors } = prepare(context, request.Ops ?? []);
      if (ops.some(isTxnWrite))
        throw new CatalogError('CATALOG_REFUSED', 'a transaction of reads may not write');
      const ask = (tables: Tables) => ({
        index: 0,
        value: errors.length > 0 ? Later.of({ Results: null, Errors: errors }) : readLater(tables, ops),
        topics: [],
        indexTopics: [],
      });
      return read(context, { key: ['Txn.Read'], request: { ...request, MinQueryIndex: 0 }, ask }, options);
    }) satisfies Of<'Txn.Read'>,
  };
}

/** What a transaction of reads finds in the state of now. */
function readLater(tables: Tables, ops: readonly TxnOp[]): Later<TxnResponse> {
  if (!findsMany(tables, ops)) return Later.of(runToEnd(readTxn(tables, ops)));
  // Clones cost nothing and stay what they are while the store goes on.
  const frozen = cloneTables(tables);
  return Later.in(function* () {
    const excess = yield* excessOf(frozen.kvs, ops);
    return excess === undefined ? yield* readTxn(frozen, ops) : { Results: null, Errors: [excess] };
  });
}

/** Whether a transaction finds so much that others should run meanwhile. */
function findsMany(tables: Tables, Ops: readonly TxnOp[]): boolean {
  return isLarge(tables, { type: 8, body: { Datacenter: '', Ops, Token: '' } });
}

/** Refused before it comes to the log, where a transaction means the same for ever. */
async function excessErrors(context: EndpointContext, ops: readonly TxnOp[]): Promise<readonly TxnError[]> {
  const { tables } = context.state;
  if (!findsMany(tables, ops)) return [];
  const kvs = tables.kvs.clone();
  const excess = await computed(
    Later.in(() => excessOf(kvs, ops)),
    context,
  );
  return excess === undefined ? [] : [excess];
}

function isResponse(value: unknown): value is TxnResponse {
  return typeof value === 'object' && value !== null && 'Results' in value && 'Errors' in value;
}

/** Fills in what Consul's endpoint fills in, and checks what it checks before a transaction goes to the log. */
function prepare(
  context: EndpointContext,
  given: readonly TxnOp[],
): { readonly ops: readonly TxnOp[]; readonly errors: readonly TxnError[] } {
  const ops: TxnOp[] = [];
  const errors: TxnError[] = [];
  for (const [OpIndex, op] of given.entries()) {
    try {
      ops.push(prepareOp(context, op));
    } catch (error) {
      if (!(error instanceof CatalogError)) throw error;
      errors.push({ OpIndex, What: error.message });
    }
  }
  return { ops, errors };
}

function prepareOp({ state }: EndpointContext, op: TxnOp): TxnOp {
  const { KV, Node, Service, Check } = op;
  if (KV !== null) {
    checkKey(KV.Verb, KV.DirEnt);
    if (KV.Verb === 'lock' && state.lockDelays.isDelayed(KV.DirEnt.Key)) {
      refuse(`failed to lock key ${quote(KV.DirEnt.Key)} due to lock delay`);
    }
    return KV.DirEnt.ExpiresAt === ''
      ? op
      : { ...op, KV: { ...KV, DirEnt: { ...KV.DirEnt, ExpiresAt: '' } } };
  }
  if (Node !== null && Node.Verb !== 'get') {
    if (Node.Node.Node === '') refuse('Must provide node');
    const problem = Node.Node.ID === '' ? undefined : uuidProblem(Node.Node.ID);
    if (problem !== undefined) refuse(`Bad node ID: ${problem}`);
  }
  if (Service !== null && Service.Verb !== 'get') {
    return { ...op, Service: { ...Service, Service: prepareService(Service.Service) } };
  }
  if (Check !== null && Check.Verb !== 'get') {
    const { CheckID, Name } = Check.Check;
    return CheckID === '' ? { ...op, Check: { ...Check, Check: { ...Check.Check, CheckID: Name } } } : op;
  }
  return op;
}

function refuse(message: string): never {
  throw new CatalogError('CATALOG_REFUSED', message);
}
