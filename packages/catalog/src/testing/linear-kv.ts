import type { Model } from './linear.ts';

/**
 * Consul's key/value store as an object of `checkLinearizable`: registers with compare-and-set, locks of sessions, and
 * transactions. Source: consensus-and-rpc.md 5.4 to 5.6.
 */

/** What one key holds, as an answer shows it. */
export interface KeyShown {
  readonly value: string;
  /** ModifyIndex. */
  readonly index: number;
  readonly lockIndex: number;
  /** The session that holds the key; '' for none. */
  readonly session: string;
}

/** What a request does to one key. `index` of cas: 0 creates, and anything else must be the key's ModifyIndex. */
export type KeyAction =
  | { readonly kind: 'get'; readonly key: string }
  | { readonly kind: 'set'; readonly key: string; readonly value: string }
  | { readonly kind: 'cas'; readonly key: string; readonly value: string; readonly index: number }
  | { readonly kind: 'delete'; readonly key: string }
  | { readonly kind: 'delete-cas'; readonly key: string; readonly index: number }
  | { readonly kind: 'lock'; readonly key: string; readonly value: string; readonly session: string }
  | { readonly kind: 'unlock'; readonly key: string; readonly value: string; readonly session: string };

/** One operation on the store. */
export type KvInput =
  | KeyAction
  /** All or nothing, at one index. */
  | { readonly kind: 'txn'; readonly actions: readonly KeyAction[] }
  /** A session ends, and what becomes of the keys that it holds. */
  | { readonly kind: 'end-session'; readonly session: string; readonly behavior: 'release' | 'delete' };

/** What was answered. */
export type KvOutput =
  /** Of get: null when there is no such key. */
  | { readonly kind: 'shown'; readonly entry: KeyShown | null }
  /** Of a single change: whether it was made. A set, a delete and an end of a session always are. */
  | { readonly kind: 'made'; readonly made: boolean }
  /** Of a transaction: what its gets showed, in their order; undefined when it was refused and changed nothing. */
  | { readonly kind: 'results'; readonly shown: readonly KeyShown[] | undefined };

interface Entry {
  readonly value: string;
  /** Undefined until an answer has shown it. */
  readonly index: number | undefined;
  /** The index is above this one. */
  readonly above: number;
  readonly lockIndex: number;
  readonly session: string;
}

/** What the store may hold: the entries by key, and the highest index that an answer has shown. */
export interface KvState {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly highest: number;
  /** Sessions that have ended. */
  readonly ended: ReadonlySet<string>;
}

/** The model. Times of expiry and lock delays are not in it: give sessions a lock delay of 0. */
export const kvModel: Model<KvState, KvInput, KvOutput> = {
  initial: { entries: new Map(), highest: 0, ended: new Set() },
  step(state, input, output) {
    if (input.kind === 'txn') return stepTransaction(state, input.actions, output);
    if (input.kind === 'end-session') return isMade(output, true) ? [endSession(state, input)] : [];
    if (input.kind === 'get') return stepGet(state, input.key, output);
    const states: KvState[] = [];
    if (isMade(output, true)) states.push(...made(state, input));
    if (isMade(output, false) && mayRefuse(state, input)) states.push(state);
    return states;
  },
  keyOf({ entries, highest, ended }) {
    const rows = [...entries].sort(([left], [right]) => (left < right ? -1 : 1));
    return JSON.stringify([
      highest,
      [...ended].sort(),
      rows.map(([key, { value, index, above, lockIndex, session }]) => [
        key,
        value,
        index ?? -above,
        lockIndex,
        session,
      ]),
    ]);
  },
};

function isMade(output: KvOutput | undefined, made: boolean): boolean {
  return output === undefined || (output.kind === 'made' && output.made === made);
}

function stepGet(state: KvState, key: string, output: KvOutput | undefined): readonly KvState[] {
  if (output === undefined) return [state];
  return output.kind === 'shown' ? show(state, key, output.entry) : [];
}

/** The state in which a key shows this: its index is known from then on. */
function show(state: KvState, key: string, shown: KeyShown | null): readonly KvState[] {
  const entry = state.entries.get(key);
  if (entry === undefined || shown === null) return entry === undefined && shown === null ? [state] : [];
  const { value, lockIndex, session, index } = shown;
  if (entry.value !== value || entry.lockIndex !== lockIndex || entry.session !== session) return [];
  return withIndex(state, key, index);
}

/** The state in which the key's index is this one; none when it cannot be. */
function withIndex(state: KvState, key: string, index: number): readonly KvState[] {
  const entry = state.entries.get(key);
  if (entry === undefined) return [];
  if (entry.index !== undefined) return entry.index === index ? [state] : [];
  if (index <= entry.above) return [];
  return [put({ ...state, highest: Math.max(state.highest, index) }, key, { ...entry, index })];
}

/** The states after the change, when it can be made. */
function made(state: KvState, action: Exclude<KeyAction, { readonly kind: 'get' }>): readonly KvState[] {
  const { key } = action;
  const entry = state.entries.get(key);
  switch (action.kind) {
    case 'set':
      return [write(state, key, action.value)];
    case 'delete':
      return [remove(state, key)];
    case 'cas':
      if (action.index === 0) return entry === undefined ? [write(state, key, action.value)] : [];
      return withIndex(state, key, action.index).map((now) => write(now, key, action.value));
    case 'delete-cas':
      // A key that is not there is as the caller wants it.
      if (entry === undefined) return [state];
      return withIndex(state, key, action.index).map((now) => remove(now, key));
    case 'lock': {
      const { session, value } = action;
      if (state.ended.has(session) || ![undefined, '', session].includes(entry?.session)) return [];
      const taken = entry?.session === session ? 0 : 1;
      return [write(state, key, value, { session, lockIndex: (entry?.lockIndex ?? 0) + taken })];
    }
    case 'unlock':
      if (entry?.session !== action.session) return [];
      return [write(state, key, action.value, { session: '', lockIndex: entry.lockIndex })];
  }
}

/** Whether the change may be refused in this state. */
function mayRefuse(state: KvState, action: Exclude<KeyAction, { readonly kind: 'get' }>): boolean {
  const entry = state.entries.get(action.key);
  switch (action.kind) {
    case 'set':
    case 'delete':
      return false;
    case 'cas':
      if (action.index === 0) return entry !== undefined;
      return entry === undefined || entry.index !== action.index;
    case 'delete-cas':
      return entry !== undefined && entry.index !== action.index;
    case 'lock':
      return state.ended.has(action.session) || ![undefined, '', action.session].includes(entry?.session);
    case 'unlock':
      return entry?.session !== action.session;
  }
}

function stepTransaction(
  state: KvState,
  actions: readonly KeyAction[],
  output: KvOutput | undefined,
): readonly KvState[] {
  if (output !== undefined && output.kind !== 'results') return [];
  const states: KvState[] = [];
  if (output === undefined || output.shown === undefined)
    if (mayRefuseAll(state, actions)) states.push(state);
  if (output === undefined || output.shown !== undefined) {
    let possible: readonly KvState[] = [state];
    let shownCount = 0;
    for (const action of actions) {
      const shown = action.kind === 'get' ? output?.shown?.[shownCount++] : undefined;
      possible = possible.flatMap((now) => {
        if (action.kind !== 'get') return made(now, action);
        if (output === undefined) return now.entries.has(action.key) ? [now] : [];
        return shown === undefined ? [] : show(now, action.key, shown);
      });
    }
    if (output === undefined || output.shown?.length === shownCount) states.push(...possible);
  }
  return states;
}

/** Whether some action may be refused after those before it: a get is where there is no such key. */
function mayRefuseAll(state: KvState, actions: readonly KeyAction[]): boolean {
  let possible: readonly KvState[] = [state];
  for (const action of actions) {
    if (action.kind === 'get') {
      if (possible.some(({ entries }) => !entries.has(action.key))) return true;
      continue;
    }
    if (possible.some((now) => mayRefuse(now, action))) return true;
    possible = possible.flatMap((now) => made(now, action));
  }
  return false;
}

function endSession(
  state: KvState,
  { session, behavior }: { readonly session: string; readonly behavior: 'release' | 'delete' },
): KvState {
  let now: KvState = { ...state, ended: new Set(state.ended).add(session) };
  for (const [key, entry] of state.entries) {
    if (entry.session !== session) continue;
    const { value, lockIndex } = entry;
    now = behavior === 'delete' ? remove(now, key) : write(now, key, value, { session: '', lockIndex });
  }
  return now;
}

/**
 * Writes a key at an index that is not known yet. Without `lock` it is held by whom it was. A write that changes nothing
 * leaves the index as it is.
 */
function write(
  state: KvState,
  key: string,
  value: string,
  lock?: { readonly session: string; readonly lockIndex: number },
): KvState {
  const before = state.entries.get(key);
  const { session = '', lockIndex = 0 } = lock ?? before ?? {};
  if (before?.value === value && before.session === session && before.lockIndex === lockIndex) return state;
  return put(state, key, { value, index: undefined, above: state.highest, lockIndex, session });
}

function put(state: KvState, key: string, entry: Entry): KvState {
  return { ...state, entries: new Map(state.entries).set(key, entry) };
}

function remove(state: KvState, key: string): KvState {
  const entries = new Map(state.entries);
  entries.delete(key);
  return { ...state, entries };
}
