/** What Go's JSON package writes for the commands: numbers may have 64 bits. Absent fields are left out. */
export type GoJson =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly GoJson[]
  | { readonly [name: string]: GoJson | undefined };

/**
 * A value as Go's encoding/json writes it: `<`, `>`, `&` and the line separators of JavaScript are escaped. With an
 * indent, lists and objects that have something inside take lines. Fields keep their order.
 */
export function writeGoJson(value: GoJson, indent = ''): string {
  return write(value, indent, '\n');
}

function write(value: GoJson, indent: string, lineStart: string): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value !== 'object' || value === null) return String(value);
  const inner = lineStart + indent;
  const colon = indent === '' ? ':' : ': ';
  const [open, close, items] = isList(value)
    ? ['[', ']', value.map((item) => write(item, indent, inner))]
    : [
        '{',
        '}',
        Object.entries(value).flatMap(([name, item]) => {
          return item === undefined ? [] : [`${quote(name)}${colon}${write(item, indent, inner)}`];
        }),
      ];
  if (items.length === 0) return `${open}${close}`;
  if (indent === '') return `${open}${items.join(',')}${close}`;
  return `${open}${inner}${items.join(`,${inner}`)}${lineStart}${close}`;
}

function isList(value: object): value is readonly GoJson[] {
  return Array.isArray(value);
}

function quote(text: string): string {
  // Go's strings have no halves of characters.
  const whole = Buffer.from(text).toString();
  return JSON.stringify(whole).replace(/\\\\|\\[bf]|[<>&\u2028\u2029]/g, escaped);
}

function escaped(found: string): string {
  if (found === '\\\\') return found;
  // Go has no short escapes for these two.
  const code = found === '\\b' ? 8 : found === '\\f' ? 12 : found.charCodeAt(0);
  return `\\u${code.toString(16).padStart(4, '0')}`;
}
