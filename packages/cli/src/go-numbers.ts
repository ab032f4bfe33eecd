/** What an unsigned integer may look like when its base is in its prefix: `12`, `0x1f`, `0b11`, `0o17`, `017`, `1_000`. */
const anyBase = /^(?:0[xX](?:_?[0-9a-fA-F])+|0[bB](?:_?[01])+|0[oO]?(?:_?[0-7])+|0|[1-9](?:_?[0-9])*)$/;
/** Longer texts are beyond 64 bits in every base, unless they are padded. */
const digitsMax = 200;

/**
 * An unsigned integer of any size, its base in its prefix; undefined when the text is none.
 * Source: Go strconv.ParseUint with base 0.
 */
export function goUint64(text: string): bigint | undefined {
  if (!anyBase.test(text)) return undefined;
  const digits = text.replaceAll('_', '');
  if (digits.length > digitsMax) return 2n ** 70n;
  return BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits);
}

const unitNs: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};
const durationPart = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;
/** 64 bits with a sign: about 292 years. */
const durationNsMax = 2n ** 63n - 1n;

/**
 * The nanoseconds of a duration as Go writes it: `30s`, `1h2m3.5s`, `-1.5h`, `0`; undefined when the text is none.
 * Source: Go time.ParseDuration.
 */
export function goDurationNs(text: string): bigint | undefined {
  const unsigned = text.replace(/^[-+]/, '');
  if (unsigned === '0') return 0n;
  if (unsigned === '' || text.length > digitsMax || unsigned.replace(durationPart, '') !== '')
    return undefined;
  let ns = 0n;
  for (const [, number = '', unit = ''] of unsigned.matchAll(durationPart)) {
    ns += BigInt(Math.round(Number(number) * (unitNs[unit] ?? 0)));
  }
  if (ns > durationNsMax) return undefined;
  return text.startsWith('-') ? -ns : ns;
}

const hour = 3_600_000;
const minute = 60_000;

/** Whole milliseconds as Go prints a duration: `5s`, `1m20s`, `3m0s`, `1.5s`, `20ms`. Source: Go Duration.String. */
export function formatGoMs(ms: number): string {
  if (ms === 0) return '0s';
  if (ms < 1000) return `${ms}ms`;
  const seconds = `${(ms % minute) / 1000}s`;
  if (ms < minute) return seconds;
  const minutes = `${Math.floor((ms % hour) / minute)}m${seconds}`;
  return ms < hour ? minutes : `${Math.floor(ms / hour)}h${minutes}`;
}
