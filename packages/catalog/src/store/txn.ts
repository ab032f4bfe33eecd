import { quote } from '../go/index.ts';
import type { DirEntry, TxnError, TxnOp, TxnRequest, TxnResponse, TxnResult } from '../records/index.ts';
import {
  deleteKey,
  deleteKeyIfUnchanged,
  deleteTree,
  lockKey,
  setKey,
  setKeyIfUnchanged,
  unlockKey,
} from './kv.ts';
import { destroySession } from './sessions.ts';
import { CommandRefused, type Steps, type Transaction } from './transaction.ts';
import { applyCheckOp, applyNodeOp, applyServiceOp } from './txn-catalog.ts';
import { checkKey, noResult, resultOf } from './txn-reads.ts';

/** Transactions: operations in order, all of them or none. Source: consensus-and-rpc.md 5.6. */

/**
 * Applies a Txn command. Each operation sees what those before it did. When one fails, the others are tried all the same,
 * so that the answer lists every error; nothing has changed then.
 */
export function* applyTxn(tx: Transaction, { Ops }: TxnRequest): Steps<TxnResponse> {
  const results: TxnResult[] = [];
  const errors: TxnError[] = [];
  for (const [OpIndex, op] of (Ops ?? []).entries()) {
    try {
      for (const result of yield* applyOp(tx, op)) results.push(result);
    } catch (thrown) {
      if (!(thrown instanceof CommandRefused)) throw thrown;
      errors.push({ OpIndex, What: thrown.message });
    }
    yield;
  }
  if (errors.length === 0) return { Results: results, Errors: null };
  yield* tx.rollBack();
  return { Results: null, Errors: errors };
}

function* applyOp(tx: Transaction, op: TxnOp): Steps<readonly TxnResult[]> {
  const { KV, Node, Service, Check, Session } = op;
  if (KV !== null) return yield* applyKvOp(tx, KV.Verb, KV.DirEnt);
  if (op.Intention !== null) throw new CommandRefused('intentions are not kept here');
  if (Node !== null) return yield* applyNodeOp(tx, Node.Verb, Node.Node);
  if (Service !== null) return yield* applyServiceOp(tx, Service);
  if (Check !== null) return yield* applyCheckOp(tx, Check.Verb, Check.Check);
  if (Session !== null) {
    if (Session.Verb !== 'delete') throw new CommandRefused(`unknown Session verb ${quote(Session.Verb)}`);
    yield* destroySession(tx, Session.Session.ID);
    return noResult;
  }
  throw new CommandRefused('no operation specified');
}

function* applyKvOp(tx: Transaction, verb: string, given: DirEntry): Steps<readonly TxnResult[]> {
  const key = quote(given.Key);
  switch (verb) {
    case 'set':
      return written(setKey(tx, given));
    case 'delete':
      deleteKey(tx, given.Key);
      return noResult;
    case 'delete-cas':
      if (deleteKeyIfUnchanged(tx, given)) return noResult;
      throw new CommandRefused(`failed to delete key ${key}, index is stale`);
    case 'delete-tree':
      yield* deleteTree(tx, given.Key);
      return noResult;
    case 'cas':
      return written(setKeyIfUnchanged(tx, given) ?? refuse(`failed to set key ${key}, index is stale`));
    case 'lock':
      return written(lockKey(tx, given) ?? refuse(`failed to lock key ${key}, lock is already held`));
    case 'unlock':
      return written(
        unlockKey(tx, given) ??
          refuse(`failed to unlock key ${key}, lock isn't held, or is held by another session`),
      );
    default:
      return yield* checkKey(tx.tables, verb, given);
  }
}

function refuse(text: string): never {
  throw new CommandRefused(text);
}

/** What an operation wrote is shown without its value. */
function written(entry: DirEntry): readonly TxnResult[] {
  return [resultOf({ KV: { ...entry, Value: null } })];
}
