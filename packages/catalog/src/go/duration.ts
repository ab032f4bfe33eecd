import { InputError } from './input-error.ts';

const unitNs: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['µs', 1_000n],
  ['μs', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);

/** Durations are signed nanoseconds of 64 bits: about 292 years. */
const durationNsMax = 2n ** 63n - 1n;
/** A longer text is refused before it is read: no duration that means anything needs more. */
const textLengthMax = 1_000;
const part = /(\d*)(?:(\.)(\d*))?([^\d.]*)/y;

/**
 * Nanoseconds in a duration as Go writes it: `30s`, `1h2m3.5s`, `-1.5h`, `100ms`, `0`.
 * Source: Go 1.15 time.ParseDuration.
 * @throws InputError INPUT_VALUE with Go's text.
 */
export function parseDuration(text: string): bigint {
  const isNegative = text.startsWith('-');
  const unsigned = isNegative || text.startsWith('+') ? text.slice(1) : text;
  if (unsigned === '0') return 0n;
  if (unsigned === '' || text.length > textLengthMax) throw invalid(text);
  let totalNs = 0n;
  for (let at = 0; at < unsigned.length; ) {
    part.lastIndex = at;
    const [whole = '', integer = '', point, fraction = '', unit = ''] = part.exec(unsigned) ?? [];
    if (integer === '' && fraction === '') throw invalid(text);
    if (unit === '') throw new InputError('INPUT_VALUE', `time: missing unit in duration ${quoted(text)}`);
    const eachNs = unitNs.get(unit);
    if (eachNs === undefined) {
      throw new InputError('INPUT_VALUE', `time: unknown unit ${quoted(unit)} in duration ${quoted(text)}`);
    }
    totalNs += BigInt(integer === '' ? '0' : integer) * eachNs;
    if (point !== undefined) totalNs += fractionNs(fraction, eachNs);
    if (totalNs > durationNsMax) throw invalid(text);
    at += whole.length;
  }
  return isNegative ? -totalNs : totalNs;
}

/** As many digits as fit 64 bits count, and what is below a nanosecond is dropped. */
function fractionNs(digits: string, eachNs: bigint): bigint {
  const counted = digits.slice(0, 18);
  return counted === '' ? 0n : (BigInt(counted) * eachNs) / 10n ** BigInt(counted.length);
}

function invalid(text: string): InputError {
  return new InputError('INPUT_VALUE', `time: invalid duration ${quoted(text)}`);
}

/** Go 1.15 puts the text between quotes as it is. */
function quoted(text: string): string {
  return `"${text}"`;
}

/**
 * The text Go prints for a duration in nanoseconds: `0s`, `100ms`, `1.5s`, `1m0s`, `72h0m0s`.
 * Source: Go time.Duration.String.
 */
export function formatDuration(durationNs: bigint): string {
  if (durationNs === 0n) return '0s';
  if (durationNs < 0n) return `-${formatDuration(-durationNs)}`;
  if (durationNs < 1_000n) return `${durationNs}ns`;
  if (durationNs < 1_000_000n) return `${decimal(durationNs, 3)}µs`;
  if (durationNs < 1_000_000_000n) return `${decimal(durationNs, 6)}ms`;
  const minutes = durationNs / 60_000_000_000n;
  const seconds = `${decimal(durationNs % 60_000_000_000n, 9)}s`;
  if (minutes === 0n) return seconds;
  return minutes < 60n ? `${minutes}m${seconds}` : `${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

/** `value` with the point before its last `digits` digits, without zeros at the end. */
function decimal(value: bigint, digits: number): string {
  const scale = 10n ** BigInt(digits);
  const fraction = (value % scale).toString().padStart(digits, '0').replace(/0+$/, '');
  return fraction === '' ? `${value / scale}` : `${value / scale}.${fraction}`;
}

/** Milliseconds in a duration, for timers; what is below a millisecond is kept as a fraction. */
export function durationMs(durationNs: bigint): number {
  return Number(durationNs) / 1e6;
}
