import type { KeyAction, KeyShown, KvInput, KvOutput, Operation } from '@hobnob/catalog/testing';
import type { Answer, Call } from '../support/http-caller.ts';

/**
 * Operations of the model as requests, and answers as what the model knows. Pure. A key `svc-N` is a service of that
 * name, whose value is written in three places.
 */

/** One operation on one object: a key, a pair of keys, a lock or a service. */
export interface Input {
  readonly object: string;
  readonly kv: KvInput;
}

/** An operation with who asked for it. */
export interface Done extends Operation<Input, KvOutput> {
  readonly client: string;
  readonly round: number;
}

/** The request of an operation. */
export function callOf(input: KvInput): Call {
  if (input.kind === 'txn')
    return { method: 'PUT', path: '/v1/txn?consistent', body: input.actions.map(transactionOperation) };
  if (input.kind === 'end-session') return { method: 'PUT', path: `/v1/session/destroy/${input.session}` };
  if (input.key.startsWith('svc-')) return serviceCall(input);
  const path = `/v1/kv/${input.key}`;
  switch (input.kind) {
    case 'get':
      return { method: 'GET', path: `${path}?consistent` };
    case 'set':
      return { method: 'PUT', path, body: input.value };
    case 'cas':
      return { method: 'PUT', path: `${path}?cas=${input.index}`, body: input.value };
    case 'delete':
      return { method: 'DELETE', path };
    case 'delete-cas':
      return { method: 'DELETE', path: `${path}?cas=${input.index}` };
    case 'lock':
      return { method: 'PUT', path: `${path}?acquire=${input.session}`, body: input.value };
    case 'unlock':
      return { method: 'PUT', path: `${path}?release=${input.session}`, body: input.value };
  }
}

function transactionOperation(action: KeyAction): object {
  const Value = 'value' in action ? Buffer.from(action.value).toString('base64') : undefined;
  const Index = 'index' in action ? action.index : undefined;
  const Session = 'session' in action ? action.session : undefined;
  return { KV: { Verb: action.kind, Key: action.key, Value, Index, Session } };
}

function serviceCall(action: KeyAction): Call {
  const { key } = action;
  const Node = `node-of-${key}`;
  switch (action.kind) {
    case 'get':
      return { method: 'GET', path: `/v1/health/service/${key}?consistent` };
    case 'set': {
      const meta = { v: action.value };
      const Check = {
        CheckID: `check-${key}`,
        Name: key,
        ServiceID: key,
        Status: 'passing',
        Output: action.value,
      };
      const Service = { ID: key, Service: key, Meta: meta };
      const body = { Node, Address: '127.0.0.1', NodeMeta: meta, Service, Check };
      return { method: 'PUT', path: '/v1/catalog/register', body };
    }
    case 'delete':
      return { method: 'PUT', path: '/v1/catalog/deregister', body: { Node, ServiceID: key } };
    default:
      throw new RangeError(`a service has no ${action.kind}`);
  }
}

/**
 * What the answer to an operation says; undefined when it leaves the outcome open.
 * @throws Error for an answer that neither server gives to such a request.
 */
export function outputOf(input: KvInput, { status, body }: Answer): KvOutput | undefined {
  if (status === 500) {
    // The only error that says for sure that nothing was done.
    const isRefusal = input.kind === 'lock' && body.includes('invalid session');
    return isRefusal ? { kind: 'made', made: false } : undefined;
  }
  if (input.kind === 'txn') {
    if (status === 409) return { kind: 'results', shown: undefined };
    if (status === 200) return { kind: 'results', shown: shownOf(input.actions, body) };
  } else if (input.kind === 'get') {
    if (status === 404) return { kind: 'shown', entry: null };
    if (status === 200) return { kind: 'shown', entry: entryOf(input.key, body) };
  } else if (status === 200 && ['true', 'false'].includes(body.trim()))
    return { kind: 'made', made: body.trim() === 'true' };
  throw new Error(`${JSON.stringify(callOf(input))}: ${status} ${body}`);
}

interface EntryJson {
  readonly LockIndex: number;
  readonly Value: string | null;
  readonly Session?: string;
  readonly ModifyIndex: number;
}

function shownEntry({ LockIndex, Value, Session = '', ModifyIndex }: EntryJson): KeyShown {
  const value = Buffer.from(Value ?? '', 'base64').toString();
  return { value, index: ModifyIndex, lockIndex: LockIndex, session: Session };
}

/** What the gets of a transaction showed. Every operation but a delete has a result. */
function shownOf(actions: readonly KeyAction[], body: string): readonly KeyShown[] {
  const { Results } = JSON.parse(body) as { Results: readonly { readonly KV: EntryJson }[] | null };
  const answered = actions.filter(({ kind }) => !kind.startsWith('delete'));
  if ((Results ?? []).length !== answered.length) throw new Error(`results of other operations: ${body}`);
  return (Results ?? []).flatMap(({ KV }, at) => (answered[at]?.kind === 'get' ? [shownEntry(KV)] : []));
}

interface HealthJson {
  readonly Node: { readonly Meta: Readonly<Record<string, string>> };
  readonly Service: { readonly Meta: Readonly<Record<string, string>>; readonly ModifyIndex: number };
  readonly Checks: readonly { readonly Output: string }[];
}

function entryOf(key: string, body: string): KeyShown | null {
  const rows = JSON.parse(body) as readonly unknown[];
  const [row] = rows;
  if (rows.length > 1) throw new Error(`several entries for ${key}: ${body}`);
  if (!key.startsWith('svc-')) return row === undefined ? null : shownEntry(row as EntryJson);
  if (row === undefined) return null;
  const { Node, Service, Checks } = row as HealthJson;
  const values = new Set([Node.Meta['v'], Service.Meta['v'], ...Checks.map(({ Output }) => Output)]);
  // No register wrote such a value, so that the model finds it out.
  const value = values.size === 1 ? `${Service.Meta['v']}` : `torn: ${[...values].join(', ')}`;
  return { value, index: Service.ModifyIndex, lockIndex: 0, session: '' };
}
