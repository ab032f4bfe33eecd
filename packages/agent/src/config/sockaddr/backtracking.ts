/** As long as what is searched may be: an IPv6 address with the length of its prefix. */
const textLengthMax = 50;

/** A class, an escape, the opening of a group, a repetition, or any other character. */
const tokens =
  /\\.|\[\^?(?:\\.|[^\]\\])*\]|\((?:\?:)?|(?<repeat>[*+?]|\{(?<least>\d+)(?<range>,(?<most>\d*))?\})\??|./gsu;

interface Group {
  /** Of its alternatives that have ended, and of the one that goes on. */
  bits: number;
  /** Of the last element, to which a repetition belongs. */
  lastBits: number;
  alternatives: number;
}

/**
 * How many ways JavaScript may try, before it knows that a text of a template does not match: the binary logarithm, never too
 * low. Go tries all ways at once. Takes what `RegExp` compiles, without look-around and names.
 */
export function backtrackingBits(expression: string): number {
  const outer: Group[] = [];
  let group = emptyGroup();
  for (const { 0: token, groups = {} } of expression.matchAll(tokens)) {
    if (token === '(' || token === '(?:') {
      outer.push(group);
      group = emptyGroup();
    } else if (token === ')') {
      const bits = group.bits + Math.log2(group.alternatives);
      group = outer.pop() ?? emptyGroup();
      group.bits += bits;
      group.lastBits = bits;
    } else if (token === '|') {
      group.alternatives += 1;
    } else if (isRepetition(groups)) {
      const { least, most } = timesOf(groups);
      // Its own bits are counted once already.
      const bits = group.lastBits * Math.max(most, 1) + Math.log2(most - least + 1);
      group.bits += bits - group.lastBits;
      group.lastBits = bits;
    } else {
      group.lastBits = 0;
    }
  }
  return group.bits + Math.log2(group.alternatives);
}

function emptyGroup(): Group {
  return { bits: 0, lastBits: 0, alternatives: 1 };
}

type Groups = Readonly<Record<string, string | undefined>>;

function isRepetition({ repeat }: Groups): boolean {
  return repeat !== undefined;
}

function timesOf({ repeat, least, range, most }: Groups): { least: number; most: number } {
  if (repeat === '?') return { least: 0, most: 1 };
  if (least === undefined) return { least: repeat === '+' ? 1 : 0, most: textLengthMax };
  const fewest = Math.min(Number(least), textLengthMax);
  if (range === undefined) return { least: fewest, most: fewest };
  return { least: fewest, most: Math.max(fewest, Math.min(Number(most || textLengthMax), textLengthMax)) };
}
