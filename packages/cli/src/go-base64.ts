/** Decoded bytes, or the sentence of Go's base64 package. */
export type DecodedBase64 =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly problem: string };

const alphabet = /^[A-Za-z0-9+/]$/;

/** Standard base64 with padding; line ends count for nothing. Source: Go encoding/base64, decodeQuantum. */
export function decodeBase64(text: string): DecodedBase64 {
  const problemAt = firstProblem(text);
  if (problemAt === undefined) return { ok: true, bytes: Buffer.from(text, 'base64') };
  return { ok: false, problem: `illegal base64 data at input byte ${problemAt}` };
}

/** Where Go finds the first fault, in bytes. */
function firstProblem(text: string): number | undefined {
  const bytes = Buffer.from(text).toString('latin1');
  let digitsCount = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const char = bytes.charAt(at);
    if (isLineEnd(char)) continue;
    if (char === '=') return digitsCount % 4 < 2 ? at : paddingProblem(bytes, at, digitsCount % 4);
    if (!alphabet.test(char)) return at;
    digitsCount += 1;
  }
  // Go names the start of the group that is not whole.
  return digitsCount % 4 === 0 ? undefined : bytes.length - (digitsCount % 4);
}

/** After two digits there are two marks of padding, after three there is one, and nothing follows. */
function paddingProblem(bytes: string, padAt: number, digitsInGroup: number): number | undefined {
  let at = skipLineEnds(bytes, padAt + 1);
  if (digitsInGroup === 2) {
    if (at === bytes.length) return at;
    if (bytes.charAt(at) !== '=') return at - 1;
    at = skipLineEnds(bytes, at + 1);
  }
  return at < bytes.length ? at : undefined;
}

function skipLineEnds(bytes: string, from: number): number {
  let at = from;
  while (at < bytes.length && isLineEnd(bytes.charAt(at))) at += 1;
  return at;
}

function isLineEnd(char: string): boolean {
  return char === '\n' || char === '\r';
}
