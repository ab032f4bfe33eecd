import { quote } from '../go/index.ts';
import { create, type DirEntry, type TxnOp, TxnResult } from '../records/index.ts';
import { type NaiveCatalog, same } from './naive-catalog.ts';
import type { NaiveKeys } from './naive-keys.ts';
import { NaiveRefused } from './naive-refused.ts';

/** One operation of a transaction on a naive state. @throws NaiveRefused. */
export function naiveTxnOp(catalog: NaiveCatalog, keys: NaiveKeys, op: TxnOp): readonly TxnResult[] {
  const { KV, Node, Service, Check, Session } = op;
  if (KV !== null) return keyOp(keys, KV.Verb, KV.DirEnt).map((entry) => create(TxnResult, { KV: entry }));
  if (Node !== null) {
    const { Verb, Node: given } = Node;
    const { CreateIndex, ModifyIndex, ...definition } = given;
    const named = () => catalog.nodes.find((node) => same(node.Node, given.Node));
    const found = () =>
      given.ID === '' ? named() : catalog.nodes.find(({ ID }) => same(ID, given.ID) && ID !== '');
    const called = `node ${quote(given.Node)}`;
    return catalogOp({ called, kind: 'Node', Verb, current: named()?.ModifyIndex, asked: ModifyIndex }, [
      () => catalog.ensureNode(definition),
      () => catalog.removeNode(given.Node),
      () => resultOf(called, 'Node', found()),
    ]);
  }
  if (Service !== null) {
    const { Verb, Node: node, Service: given } = Service;
    const found = () => catalog.serviceOf(node, given.ID)?.service;
    const called = `service ${quote(given.ID)} on node ${quote(node)}`;
    const at = { current: found()?.ModifyIndex, asked: given.ModifyIndex };
    return catalogOp({ called, kind: 'Service', Verb, ...at }, [
      () => catalog.ensureService(node, given),
      () => catalog.removeService(node, given.ID),
      () => resultOf(called, 'Service', found()),
    ]);
  }
  if (Check !== null) {
    const { Verb, Check: given } = Check;
    const { Node: node, CheckID: id } = given;
    const found = () => catalog.checks.find((check) => same(check.Node, node) && same(check.CheckID, id));
    const called = `check ${quote(id)} on node ${quote(node)}`;
    const at = { current: found()?.ModifyIndex, asked: given.ModifyIndex };
    return catalogOp({ called, kind: 'Check', Verb, ...at }, [
      () => catalog.ensureCheck(given),
      () => catalog.removeCheck(node, id),
      () => resultOf(called, 'Check', found()),
    ]);
  }
  if (Session === null) throw new NaiveRefused('no operation specified');
  if (Session.Verb !== 'delete') throw new NaiveRefused(`unknown Session verb "${Session.Verb}"`);
  keys.destroySession(Session.Session.ID);
  return [];
}

function resultOf(called: string, kind: 'Node' | 'Service' | 'Check', found: unknown): TxnResult {
  if (found === undefined) throw new NaiveRefused(`${called} doesn't exist`);
  return create(TxnResult, { [kind]: found });
}

interface CatalogOp {
  readonly called: string;
  readonly kind: string;
  readonly Verb: string;
  readonly current: number | undefined;
  readonly asked: number;
}

function catalogOp(
  { called, kind, Verb, current, asked }: CatalogOp,
  [set, remove, read]: readonly [() => string | undefined, () => void, () => TxnResult],
): readonly TxnResult[] {
  if (!['get', 'set', 'cas', 'delete', 'delete-cas'].includes(Verb)) {
    throw new NaiveRefused(`unknown ${kind} verb "${Verb}"`);
  }
  if (Verb === 'cas' && (current ?? 0) !== asked) {
    throw new NaiveRefused(`failed to set ${called}, index is stale`);
  }
  if (Verb === 'delete-cas' && current !== asked) {
    throw new NaiveRefused(`failed to delete ${called}, index is stale`);
  }
  if (Verb.startsWith('delete')) {
    remove();
    return [];
  }
  const problem = Verb === 'get' ? undefined : set();
  if (problem !== undefined) throw new NaiveRefused(problem);
  return [read()];
}

function keyOp(keys: NaiveKeys, verb: string, given: DirEntry): readonly DirEntry[] {
  const { Key, Session, ModifyIndex } = given;
  const existing = keys.get(Key);
  const shown = (entry: DirEntry | undefined, reason: string) => {
    if (entry === undefined) throw new NaiveRefused(reason);
    return [{ ...entry, Value: null }];
  };
  const holds = (isTrue: boolean, reason: string) => {
    if (!isTrue) throw new NaiveRefused(reason);
  };
  switch (verb) {
    case 'set':
      return shown(keys.set(given), '');
    case 'cas':
      return shown(keys.cas(given), `failed to set key ${quote(Key)}, index is stale`);
    case 'lock':
      return shown(keys.lock(given), `failed to lock key ${quote(Key)}, lock is already held`);
    case 'unlock':
      return shown(
        keys.unlock(given),
        `failed to unlock key ${quote(Key)}, lock isn't held, or is held by another session`,
      );
    case 'delete':
      keys.delete(Key);
      return [];
    case 'delete-tree':
      keys.deleteTree(Key);
      return [];
    case 'delete-cas':
      holds(keys.deleteCas(given), `failed to delete key ${quote(Key)}, index is stale`);
      return [];
    case 'get':
      if (existing === undefined) throw new NaiveRefused(`key ${quote(Key)} doesn't exist`);
      return [existing];
    case 'get-tree':
      return keys.under(Key);
    case 'check-not-exists':
      holds(existing === undefined, `key ${quote(Key)} exists`);
      return [];
    case 'check-session':
      if (existing !== undefined) {
        const differs = `current session ${quote(existing.Session)} != ${quote(Session)}`;
        holds(existing.Session === Session, `failed session check for key ${quote(Key)}, ${differs}`);
      }
      return shown(existing, `failed to check session, key ${quote(Key)} doesn't exist`);
    case 'check-index':
      if (existing !== undefined) {
        const differs = `current modify index ${existing.ModifyIndex} != ${ModifyIndex}`;
        holds(existing.ModifyIndex === ModifyIndex, `failed index check for key ${quote(Key)}, ${differs}`);
      }
      return shown(existing, `failed to check index, key ${quote(Key)} doesn't exist`);
    default:
      throw new NaiveRefused(`unknown KV verb "${verb}"`);
  }
}
