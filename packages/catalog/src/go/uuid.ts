const idBytes = 36;
const hyphensAt: readonly number[] = [8, 13, 18, 23];
const encoder = new TextEncoder();

/** What is wrong with a UUID, as HashiCorp's go-uuid says it; undefined when nothing is. */
export function uuidProblem(id: string): string | undefined {
  if (encoder.encode(id).length !== idBytes) return 'uuid string is wrong length';
  if (hyphensAt.some((position) => id[position] !== '-')) return 'uuid is improperly formatted';
  const digits = hyphensAt.reduceRight((text, at) => text.slice(0, at) + text.slice(at + 1), id);
  const wrong = /[^0-9a-fA-F]/u.exec(digits)?.[0];
  if (wrong === undefined) return undefined;
  const [firstByte = 0] = encoder.encode(wrong);
  const code = firstByte.toString(16).toUpperCase().padStart(4, '0');
  const shown = firstByte < 0x20 || firstByte >= 0x7f ? '' : ` '${wrong}'`;
  return `encoding/hex: invalid byte: U+${code}${shown}`;
}
