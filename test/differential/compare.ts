import type { Answer } from '../support/http-caller.ts';

/** A difference between the two agents that the project has decided on, or that no client can rely on. */
export interface AllowedDifference {
  /** Why both answers are right. `docs/consul-differences.md` lists it. */
  readonly reason: string;
  /** Cases by the beginning of their name; default all. */
  readonly cases?: string;
  /** Requests by their path; default all. */
  readonly requests?: RegExp;
  /** The place of the difference, such as `header X-Consul-Index` or `body/0/Checks/1/Output`. */
  readonly at: RegExp;
}

/** Headers of the connection, not of the answer. The index of events is a hash of random ids. */
const connectionHeaders: ReadonlySet<string> = new Set([
  'Date',
  'Connection',
  'Keep-Alive',
  'Content-Length',
  'Transfer-Encoding',
]);
/** Fields that hold an index of the log: the two logs count other things too, so only their order is compared. */
const indexFields: ReadonlySet<string> = new Set(['CreateIndex', 'ModifyIndex', 'Index']);

/**
 * Lists that Consul answers in any order, by the path of the request and the place: in that of a Go map, or of random
 * ids, as sessions.
 */
const unordered: readonly (readonly [path: RegExp, at: RegExp])[] = [
  [/^\/v1\/catalog\/services/, /^body\/[^/]+$/],
  [/^\/v1\/agent\/health\/service\/name/, /^body$/],
  [/^\/v1\/agent\/health\/service/, /Checks$/],
  [/^\/v1\/session\/(list|node)/, /^body$/],
];

/** The indexes of one agent in the order in which a case met them. */
export type Indexes = number[];

/** One place where two answers are not alike. */
export interface Difference {
  readonly at: string;
  readonly theirs: string;
  readonly ours: string;
}

/** Everything in which two answers differ; indexes are appended to `indexes` for the comparison of the whole case. */
export function compareAnswers(
  path: string,
  theirs: Answer,
  ours: Answer,
  indexes: { readonly theirs: Indexes; readonly ours: Indexes },
): readonly Difference[] {
  const found: Difference[] = [];
  const differ = (at: string, a: unknown, b: unknown): void => {
    found.push({ at, theirs: show(a), ours: show(b) });
  };
  if (theirs.status !== ours.status) differ('status', theirs.status, ours.status);
  for (const name of new Set([...theirs.headers.keys(), ...ours.headers.keys()])) {
    if (connectionHeaders.has(name) || (name === 'X-Consul-Index' && path.startsWith('/v1/event'))) continue;
    const [a, b] = [theirs.headers.get(name), ours.headers.get(name)];
    if (name === 'X-Consul-Index' && a !== undefined && b !== undefined) {
      // Agents enter their coordinates again from time to time.
      if (path.startsWith('/v1/coordinate')) continue;
      indexes.theirs.push(Number(a));
      indexes.ours.push(Number(b));
    } else if (a !== b) differ(`header ${name}`, a, b);
  }
  const [theirBody, ourBody] = [inOneOrder(theirs.body), inOneOrder(ours.body)];
  const [a, b] = [parsed(theirBody), parsed(ourBody)];
  if (a === undefined || b === undefined) {
    if (theirBody !== ourBody) differ('body', theirBody, ourBody);
  } else {
    const sorted = (value: unknown): unknown => sortUnordered(path, 'body', value);
    compareValues('body', sorted(a.value), sorted(b.value), indexes, differ);
    if (
      found.length === 0 &&
      !unordered.some(([of]) => of.test(path)) &&
      shapeOf(theirBody) !== shapeOf(ourBody)
    ) {
      differ('text of the body', theirBody, ourBody);
    }
  }
  return found;
}

/** Pairs of indexes of a case whose order differs, the first three; what is older than the case counts as one. */
export function compareIndexes(
  theirs: Indexes,
  ours: Indexes,
  before: { readonly theirs: number; readonly ours: number },
): readonly Difference[] {
  const found: Difference[] = [];
  for (let i = 0; i < theirs.length; i += 1) {
    for (let j = 0; j < i; j += 1) {
      const a = order(theirs, i, j, before.theirs);
      const b = order(ours, i, j, before.ours);
      if (a === b) continue;
      found.push({
        at: `order of the indexes ${j} and ${i}`,
        theirs: `${theirs[j]}, ${theirs[i]}`,
        ours: `${ours[j]}, ${ours[i]}`,
      });
      if (found.length === 3) return found;
    }
  }
  return found;
}

function order(indexes: Indexes, i: number, j: number, before: number): number {
  return Math.sign(Math.max(indexes[i] ?? 0, before) - Math.max(indexes[j] ?? 0, before));
}

function compareValues(
  at: string,
  a: unknown,
  b: unknown,
  indexes: { readonly theirs: Indexes; readonly ours: Indexes },
  differ: (at: string, a: unknown, b: unknown) => void,
): void {
  const field = at.slice(at.lastIndexOf('/') + 1);
  if (indexFields.has(field) && typeof a === 'number' && typeof b === 'number') {
    indexes.theirs.push(a);
    indexes.ours.push(b);
  } else if (Array.isArray(a) && Array.isArray(b)) {
    if (a.length !== b.length) differ(at, a, b);
    else for (const [i, item] of a.entries()) compareValues(`${at}/${i}`, item, b[i], indexes, differ);
  } else if (isRecord(a) && isRecord(b)) {
    const keys = [Object.keys(a), Object.keys(b)];
    for (const key of new Set(keys.flat())) {
      if (!Object.hasOwn(a, key) || !Object.hasOwn(b, key)) differ(`${at}/${key}`, a[key], b[key]);
      else compareValues(`${at}/${key}`, a[key], b[key], indexes, differ);
    }
  } else if (a !== b) differ(at, a, b);
}

function sortUnordered(path: string, at: string, value: unknown): unknown {
  if (!unordered.some(([of]) => of.test(path))) return value;
  if (Array.isArray(value)) {
    const items = value.map((item, i) => sortUnordered(path, `${at}/${i}`, item));
    const isUnordered = unordered.some(([of, place]) => of.test(path) && place.test(at));
    return isUnordered ? items.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : items;
  }
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, sortUnordered(path, `${at}/${key}`, item)]),
  );
}

/** A refusal of Consul names the two protocols in the order of a Go map; that of a transaction says an index. */
function inOneOrder(body: string): string {
  return body
    .replaceAll('must be in: [http2 http]', 'must be in: [http http2]')
    .replaceAll(/current modify index \d+ != \d+/g, 'current modify index N != N');
}

/** The text of a JSON body without its numbers: indentation, order of fields, escapes. */
function shapeOf(body: string): string {
  return body.replace(/\d+/g, '0');
}

function parsed(body: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(body) };
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  const text = value === undefined ? 'absent' : JSON.stringify(value);
  return text.length > 400 ? `${text.slice(0, 400)}...` : text;
}
