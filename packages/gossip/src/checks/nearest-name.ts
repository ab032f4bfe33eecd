/** Longer texts are no misspelt names, and the comparison takes time quadratic in their length. */
const nameLengthMax = 64;
/** A missing or added ending is accepted when at least so many letters agree: `time` for `timeoutMs`. */
const prefixLengthMin = 4;

/**
 * The name of `known` that the author of `name` most likely meant; undefined when none is similar. Upper case, hyphens,
 * underscores and dots do not count, one mistake in three letters is allowed, and so is a missing or added ending
 * (`probeInterval` for `probeIntervalMs`). Of equally near names the first one wins. Never throws.
 */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  if (name.length > nameLengthMax) return undefined;
  const folded = fold(name);
  if (folded === '') return undefined;
  let nearest: { readonly name: string; readonly mistakes: number } | undefined;
  for (const candidate of known) {
    if (candidate.length > nameLengthMax) continue;
    const mistakes = mistakesBetween(folded, fold(candidate));
    if (mistakes !== undefined && (nearest === undefined || mistakes < nearest.mistakes)) {
      nearest = { name: candidate, mistakes };
    }
  }
  return nearest?.name;
}

/** Whether two names differ only in upper case, hyphens, underscores and dots. */
export function isSameName(a: string, b: string): boolean {
  return fold(a) === fold(b);
}

function fold(name: string): string {
  return name.toLowerCase().replace(/[-_.]/g, '');
}

/** How many mistakes lead from `meant` to `written`; undefined when there are too many. */
function mistakesBetween(written: string, meant: string): number | undefined {
  const allowed = Math.max(1, Math.floor(Math.max(written.length, meant.length) / 3));
  const distance = editDistance(written, meant);
  // Otherwise every single letter would be near to every other.
  if (distance <= allowed && distance < Math.max(written.length, meant.length)) return distance;
  const [short, long] = written.length < meant.length ? [written, meant] : [meant, written];
  return short.length >= prefixLengthMin && long.startsWith(short) ? distance : undefined;
}

/**
 * Letters added, left out or replaced, and neighbours exchanged, that lead from one text to the other. Source: the
 * optimal string alignment distance of Damerau and Levenshtein.
 */
function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1];
      const replaced = at(last, column - 1) + (isSame ? 0 : 1);
      let cost = Math.min(at(last, column) + 1, at(current, column - 1) + 1, replaced);
      const isExchanged =
        row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (isExchanged) cost = Math.min(cost, at(beforeLast, column - 2) + 1);
      current.push(cost);
    }
    [beforeLast, last] = [last, current];
  }
  return at(last, to.length);
}

/** The value at a place that has been filled before. */
function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
