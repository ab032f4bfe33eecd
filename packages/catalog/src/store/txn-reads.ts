import { quote } from '../go/index.ts';
import {
  create,
  type DirEntry,
  keyBytesText,
  kvOps,
  type TxnError,
  type TxnOp,
  type TxnResponse,
  TxnResult,
} from '../records/index.ts';
import type { OrderedMap } from './ordered-map.ts';
import { type Pieces, rowsEach } from './queries/later.ts';
import type { Tables } from './tables.ts';
import { CommandRefused } from './transaction.ts';
import { readCheck, readNode, readService } from './txn-catalog-reads.ts';

/** The operations of a transaction that change nothing. */

export const noResult: readonly TxnResult[] = [];

export function resultOf(found: Partial<TxnResult>): TxnResult {
  return create(TxnResult, found);
}

/** A read or a condition about a key. @throws CommandRefused when it does not hold, and for an unknown verb. */
export function* checkKey(tables: Tables, verb: string, given: DirEntry): Pieces<readonly TxnResult[]> {
  const key = quote(given.Key);
  const entry = tables.kvs.get(keyBytesText(given.Key));
  switch (verb) {
    case 'get':
      if (entry === undefined) throw new CommandRefused(`key ${key} doesn't exist`);
      return [resultOf({ KV: entry })];
    case 'get-tree':
      return yield* readTree(tables.kvs, given.Key);
    case 'check-session':
      return [checkSession(entry, given)];
    case 'check-index':
      return [checkIndex(entry, given)];
    case 'check-not-exists':
      if (entry !== undefined) throw new CommandRefused(`key ${key} exists`);
      return noResult;
    default:
      throw new CommandRefused(`unknown KV verb ${quote(verb)}`);
  }
}

/** The tables must not change until the last piece. */
function* readTree(kvs: OrderedMap<DirEntry>, prefix: string): Pieces<readonly TxnResult[]> {
  const results: TxnResult[] = [];
  for (const rows of kvs.pieces(keyBytesText(prefix), rowsEach)) {
    for (const KV of rows) results.push(resultOf({ KV }));
    yield;
  }
  return results;
}

function checkSession(entry: DirEntry | undefined, { Key, Session }: DirEntry): TxnResult {
  if (entry === undefined)
    throw new CommandRefused(`failed to check session, key ${quote(Key)} doesn't exist`);
  if (entry.Session !== Session) {
    throw new CommandRefused(
      `failed session check for key ${quote(Key)}, current session ${quote(entry.Session)} != ${quote(Session)}`,
    );
  }
  return resultOf({ KV: { ...entry, Value: null } });
}

function checkIndex(entry: DirEntry | undefined, { Key, ModifyIndex }: DirEntry): TxnResult {
  if (entry === undefined) throw new CommandRefused(`failed to check index, key ${quote(Key)} doesn't exist`);
  if (entry.ModifyIndex !== ModifyIndex) {
    throw new CommandRefused(
      `failed index check for key ${quote(Key)}, current modify index ${entry.ModifyIndex} != ${ModifyIndex}`,
    );
  }
  return resultOf({ KV: { ...entry, Value: null } });
}

/** The results of one transaction, which are held until the last is written: more would be tens of megabytes. */
const txnResultsMax = 262_144;

/** The operation that makes the results too many, with the words for it; undefined when there is none. */
export function* excessOf(
  kvs: OrderedMap<DirEntry>,
  ops: readonly TxnOp[],
  resultsMax = txnResultsMax,
): Pieces<TxnError | undefined> {
  let count = 0;
  for (const [OpIndex, { KV }] of ops.entries()) {
    if (KV?.Verb !== 'get-tree') continue;
    const { Key } = KV.DirEnt;
    for (const rows of kvs.pieces(keyBytesText(Key), rowsEach)) {
      count += rows.length;
      if (count > resultsMax) {
        const What = `failed to get tree ${quote(Key)}, the transaction finds more than ${resultsMax} keys`;
        return { OpIndex, What };
      }
      yield;
    }
  }
  return undefined;
}

const kvWrites: ReadonlySet<string> = new Set(kvOps);

/** Whether Consul takes an operation for one that may change something. A transaction without such is not in the log. */
export function isTxnWrite({ KV, Node, Service, Check, Intention, Session }: TxnOp): boolean {
  if (KV !== null) return kvWrites.has(KV.Verb);
  if (Intention !== null || Session !== null) return true;
  return [Node, Service, Check].some((op) => op !== null && op.Verb !== 'get');
}

/** What a transaction of reads finds. The tables must not change until the last piece. */
export function* readTxn(tables: Tables, ops: readonly TxnOp[]): Pieces<TxnResponse> {
  const results: TxnResult[] = [];
  const errors: TxnError[] = [];
  for (const [OpIndex, op] of ops.entries()) {
    try {
      for (const result of yield* readOp(tables, op)) results.push(result);
    } catch (thrown) {
      if (!(thrown instanceof CommandRefused)) throw thrown;
      errors.push({ OpIndex, What: thrown.message });
    }
  }
  return errors.length === 0 ? { Results: results, Errors: null } : { Results: null, Errors: errors };
}

function* readOp(tables: Tables, op: TxnOp): Pieces<readonly TxnResult[]> {
  const { KV, Node, Service, Check } = op;
  if (KV !== null) return yield* checkKey(tables, KV.Verb, KV.DirEnt);
  if (Node !== null) return [resultOf({ Node: readNode(tables, Node.Node) })];
  if (Service !== null) return [resultOf({ Service: readService(tables, Service) })];
  if (Check !== null) return [resultOf({ Check: readCheck(tables, Check.Check) })];
  throw new CommandRefused('no operation specified');
}
