import type { Kind, Place } from './kind.ts';
import { isSameName, nearestName } from './nearest-name.ts';
import { ownValues, pathOf } from './objects.ts';

/** One option: what it may be, and what it is when it is left out. */
export interface Row<T = unknown> {
  readonly kind: Kind<T>;
  /** Used when the option is left out. */
  readonly default?: T;
  /** What follows when the option is left out and there is no `default`: `none`, `the bound address`. */
  readonly otherwise?: string;
  readonly isRequired?: true;
  /** A section that is read, with its defaults, also when it is left out. */
  readonly isAlwaysRead?: true;
  /** Neither the value nor anything inside it is ever shown. */
  readonly isSecret?: true;
  /** Where the option, its default or its bounds come from. */
  readonly source?: string;
  /** What others call it: writers of these names are led here. */
  readonly aliases?: readonly string[];
}

/** The options of a section by their names. */
export interface Rows {
  readonly [name: string]: Row;
}

/**
 * The table that has exactly the options of `T`, each of a kind that gives what `T` says. The compiler keeps the two
 * in step: `const rows = {...} satisfies RowsOf<T>`.
 */
export type RowsOf<T> = { readonly [K in keyof T]-?: Row<Readable<Exclude<T[K], undefined>>> };

/** A section as reading gives it: what may be left out is undefined then. */
type Readable<T> = T extends readonly unknown[] | Uint8Array | ((...args: never[]) => unknown)
  ? T
  : T extends object
    ? { readonly [K in keyof T]: T[K] | undefined }
    : T;

type Present =
  | { readonly isRequired: true }
  | { readonly isAlwaysRead: true }
  | { readonly default: unknown };
type ValueOf<R> = R extends { readonly kind: Kind<infer T> }
  ? R extends Present
    ? T
    : T | undefined
  : never;

/** What reading gives: every option is there, and undefined only when nothing follows from its absence. */
export type ReadRows<R> = { readonly [K in keyof R]: ValueOf<R[K]> };

/** A kind that has options inside. */
export interface RecordKind<R> extends Kind<ReadRows<R>> {
  readonly rows: Rows;
}

/** What is said and checked of a whole section. */
export interface RecordOptions<R> {
  /** Default: `an object with ...` and the names. */
  readonly allowed?: string;
  /** Checks what the options mean together; asked only when each is right by itself. */
  readonly together?: (values: ReadRows<R>, place: Place) => void;
  /** What a caller who knows them from elsewhere looks for, and what to do instead. */
  readonly elsewhere?: Readonly<Record<string, string>>;
}

/** A plain object with exactly these options. Those that are undefined count as left out. The copy is frozen. */
export function recordOf<const R extends Rows>(rows: R, options: RecordOptions<R> = {}): RecordKind<R> {
  const allowed = options.allowed ?? `an object with ${Object.keys(rows).join(', ')}`;
  return {
    allowed,
    rows,
    read(value, place) {
      const before = place.problems.count;
      const { read } = readRecord(rows, value, place, { ...options, allowed });
      // Without a problem every row has been read, each by its own kind.
      const values = Object.freeze(read) as ReadRows<R>;
      if (place.problems.count === before) options.together?.(values, place);
      return place.problems.count > before ? undefined : values;
    },
  };
}

/** What could be read of a record, with defaults, and the names of the options that are wrong. */
export interface PartlyRead<R> {
  readonly read: Partial<ReadRows<R>>;
  readonly wrong: ReadonlySet<string>;
}

/** Reads what is right of a plain object, for checks that go on and add their own problems. */
export function readRecord<const R extends Rows>(
  rows: R,
  value: unknown,
  place: Place,
  { allowed, elsewhere = {} }: Pick<RecordOptions<R>, 'allowed' | 'elsewhere'>,
): PartlyRead<R> {
  const read: Record<string, unknown> = {};
  const wrong = new Set<string>();
  const given = ownValues(value, place, allowed ?? 'an object');
  for (const key of given?.keys() ?? []) {
    if (!Object.hasOwn(rows, key)) place.problems.add(() => unknownSentence(key, rows, place, elsewhere));
  }
  for (const [name, row] of Object.entries<Row>(given === undefined ? {} : rows)) {
    const before = place.problems.count;
    read[name] = readRow(given?.get(name), row, name, place);
    if (place.problems.count > before) wrong.add(name);
  }
  // Each value is of its row's kind, or undefined.
  return { read: read as Partial<ReadRows<R>>, wrong };
}

function readRow(value: unknown, row: Row, name: string, inside: Place): unknown {
  const place = { ...inside, path: pathOf(inside, name), isSecret: inside.isSecret || row.isSecret === true };
  if (value !== undefined) return row.kind.read(value, place);
  if (row.isAlwaysRead) return row.kind.read({}, place);
  if (row.isRequired) inside.problems.add(`${place.path} is missing; allowed: ${row.kind.allowed}`);
  return row.default;
}

/** The shortest key has 24 characters in base64; no option of a secret section has so long a name. */
const secretNameLengthMin = 20;

/** Never shows the value: a key of encryption under a wrong name is still a key, and so is one in a name's place. */
function unknownSentence(
  key: string,
  rows: Rows,
  place: Place,
  elsewhere: Readonly<Record<string, string>>,
): string {
  if (place.isSecret && key.length >= secretNameLengthMin) {
    return `${place.path} has a name that is not an option; allowed: ${Object.keys(rows).join(', ')}`;
  }
  const path = pathOf(place, key);
  if (Object.hasOwn(elsewhere, key)) return `${path} is not an option; ${elsewhere[key]}`;
  const meant = meantBy(key, rows, place.path);
  if (meant !== undefined) return `${path} is not an option; did you mean ${meant}?`;
  return `${path} is not an option; allowed: ${Object.keys(rows).join(', ')}`;
}

/** The option here or further in that `key` most likely stands for. */
function meantBy(key: string, rows: Rows, path: string): string | undefined {
  const here = placesOf(rows, path);
  const anywhere = [...here, ...placesInside(rows, path)];
  const named = anywhere.find(({ names }) => names.some((name) => isSameName(name, key)));
  return (named ?? nearest(key, here) ?? nearest(key, anywhere))?.path;
}

/** An option with its name and what else it is called. */
interface OptionPlace {
  readonly path: string;
  readonly names: readonly [string, ...string[]];
}

/** Aliases take no part: what is only near to one of them may mean anything. */
function nearest(key: string, places: readonly OptionPlace[]): OptionPlace | undefined {
  const name = nearestName(
    key,
    places.map(({ names }) => names[0]),
  );
  return places.find(({ names }) => names[0] === name);
}

function placesOf(rows: Rows, path: string): readonly OptionPlace[] {
  return Object.entries(rows).map(([name, { aliases = [] }]) => ({
    path: path === '' ? name : `${path}.${name}`,
    names: [name, ...aliases],
  }));
}

function placesInside(rows: Rows, path: string): readonly OptionPlace[] {
  return Object.entries(rows).flatMap(([name, { kind }]) => {
    if (!isRecordKind(kind)) return [];
    const inside = path === '' ? name : `${path}.${name}`;
    return [...placesOf(kind.rows, inside), ...placesInside(kind.rows, inside)];
  });
}

/** Whether a kind has options inside. */
export function isRecordKind(kind: Kind<unknown>): kind is RecordKind<Rows> {
  return 'rows' in kind;
}
