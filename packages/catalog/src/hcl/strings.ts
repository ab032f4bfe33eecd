/** The texts that literals stand for. Source: hcl v1.0.0, hcl/strconv and hcl/token; strconv.Unquote of Go. */

const bell = '\x07';
const shortEscapes: Readonly<Record<string, string>> = {
  a: bell,
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
};
/** One escape; the tokenizer lets no other form through. */
const escapeForm = /\\(?:([abfnrtv\\"])|([0-7]{3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/y;
const byteMax = 0xff;
const codePointMax = 0x10_ffff;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * The text between quotes, given without them. With `keepsTemplates`, `${...}` stays as it is written, as everywhere but in
 * JSON. Bytes that escapes name and that are not UTF-8 become U+FFFD. undefined when an escape names no character.
 */
export function unquote(inner: string, keepsTemplates: boolean): string | undefined {
  if (!inner.includes('\\')) return inner;
  const bytes: number[] = [];
  const add = (part: string): void => {
    for (const byte of encoder.encode(part)) bytes.push(byte);
  };
  let at = 0;
  while (at < inner.length) {
    if (keepsTemplates && inner.startsWith('${', at)) {
      const end = templateEnd(inner, at);
      add(inner.slice(at, end));
      at = end;
    } else if (inner[at] === '\\') {
      escapeForm.lastIndex = at;
      const match = escapeForm.exec(inner);
      if (match === null) return undefined;
      const [whole, short, octal, byte, unit, point] = match;
      if (short !== undefined) {
        add(shortEscapes[short] ?? short);
      } else if (octal !== undefined || byte !== undefined) {
        const value = octal === undefined ? Number.parseInt(byte ?? '', 16) : Number.parseInt(octal, 8);
        if (value > byteMax) return undefined;
        bytes.push(value);
      } else {
        const value = Number.parseInt(unit ?? point ?? '', 16);
        if (value > codePointMax) return undefined;
        // Half of a pair encodes to U+FFFD, as in Go.
        add(String.fromCodePoint(value));
      }
      at += whole.length;
    } else {
      const end = plainEnd(inner, at);
      add(inner.slice(at, end));
      at = end;
    }
  }
  return decoder.decode(Uint8Array.from(bytes));
}

/** Everything up to the next character that may begin an escape or a template. */
function plainEnd(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length && text[end] !== '\\' && text[end] !== '$') end += 1;
  return end;
}

/** Behind the brace that closes the template which begins at `start`. */
function templateEnd(text: string, start: number): number {
  let depth = 1;
  let at = start + 2;
  while (at < text.length && depth > 0) {
    if (text[at] === '{') depth += 1;
    else if (text[at] === '}') depth -= 1;
    at += 1;
  }
  return at;
}

/**
 * The text of a heredoc. `body` is everything behind the first line up to the closing mark, the blanks before that mark
 * included. An indented one loses the blanks that stand before the mark from each line, if each line has them.
 */
export function heredocText(body: string, isIndented: boolean): string {
  if (!isIndented) return body;
  const lines = body.split('\n');
  const indent = lines.at(-1) ?? '';
  if (lines.every((line) => line.startsWith(indent))) {
    return lines.map((line) => line.slice(indent.length)).join('\n');
  }
  // The blanks before the mark.
  let end = body.length;
  while (body[end - 1] === ' ' || body[end - 1] === '\t') end -= 1;
  return body.slice(0, end);
}
