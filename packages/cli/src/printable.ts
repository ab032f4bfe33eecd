/**
 * Control characters, line and paragraph separators, marks that turn the direction of text, and characters without
 * width. Two joiners are left out: scripts and emoji need them.
 */
const unprintable = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const shortEscapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Text from a peer on one line of a terminal: what would move, hide or forge something is escaped as in JSON. */
export function printable(text: string): string {
  return text.replace(unprintable, (character) => shortEscapes[character] ?? escaped(character));
}

/** Like `printable` for text of several lines: newlines and tabs stay. JSON is the same value afterwards. */
export function printableLines(text: string): string {
  return text.replace(unprintable, (character) =>
    /[\n\t]/.test(character) ? character : escaped(character),
  );
}

/** One escape for each UTF-16 unit. */
function escaped(character: string): string {
  return [...Array(character.length).keys()]
    .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
    .join('');
}
