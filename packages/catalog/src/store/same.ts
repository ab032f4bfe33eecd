/**
 * True when two values of records have the same content, as Go's reflect.DeepEqual sees it: nil (`null` or absent)
 * differs from an empty list or map. The order of keys does not count.
 */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b || (a ?? undefined) === (b ?? undefined)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, position) => isSame(item, b[position]));
  }
  return hasFieldsOf(a, b) && hasNoMoreThan(b, a);
}

/** True when every field of `a` that is not nil is in `b` with the same content. */
function hasFieldsOf(a: object, b: object): boolean {
  const other = b as Readonly<Record<string, unknown>>;
  for (const [name, value] of Object.entries(a)) {
    if (!isSame(value, Object.hasOwn(other, name) ? other[name] : undefined)) return false;
  }
  return true;
}

/**
 * True when every field of `a` that is not nil is a field of `b`. Contents are compared one way only: both ways, the
 * work would double with every level of what a client nests.
 */
function hasNoMoreThan(a: object, b: object): boolean {
  for (const [name, value] of Object.entries(a)) {
    if ((value ?? undefined) !== undefined && !Object.hasOwn(b, name)) return false;
  }
  return true;
}

/** As `isSame` over all fields but those named. */
export function isSameBut(a: object, b: object, ignored: readonly string[]): boolean {
  const [x, y] = [a as Readonly<Record<string, unknown>>, b as Readonly<Record<string, unknown>>];
  for (const name in x) if (!ignored.includes(name) && !isSame(x[name], y[name])) return false;
  for (const name in y) {
    if (!Object.hasOwn(x, name) && !ignored.includes(name) && !isSame(undefined, y[name])) return false;
  }
  return true;
}
