import { TemplateFault } from './template-fault.ts';

const plainEscapes: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
};

/** The value of a string of Go, given without its quotes. Bytes above ASCII are refused. @throws TemplateFault */
export function unquote(inner: string): string {
  return inner.replace(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3})|(.))/gs,
    (written, byte?: string, short?: string, long?: string, octal?: string, letter = '') => {
      const plain = Object.hasOwn(plainEscapes, letter) ? plainEscapes[letter] : undefined;
      if (plain !== undefined) return plain;
      const hex = byte ?? short ?? long;
      const code = hex === undefined ? Number.parseInt(octal ?? '', 8) : Number.parseInt(hex, 16);
      const isByte = byte !== undefined || octal !== undefined;
      const isSurrogate = code >= 0xd800 && code <= 0xdfff;
      if (!(code <= (isByte ? 0x7f : 0x10_ffff)) || isSurrogate) {
        throw new TemplateFault(`invalid syntax: ${written} in a quoted string`);
      }
      return String.fromCodePoint(code);
    },
  );
}
