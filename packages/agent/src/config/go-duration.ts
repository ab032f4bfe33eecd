import { durationMs, InputError, parseDuration } from '@hobnob/catalog/go';

/**
 * Milliseconds in a duration as Go writes it: `30s`, `1h2m3.5s`, `-1.5h`, `100ms`, `0`. Undefined when the
 * text is none, or beyond what Go can hold. Source: Go time.ParseDuration.
 */
export function parseGoDuration(text: string): number | undefined {
  try {
    return durationMs(parseDuration(text));
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/**
 * The text Go prints for a duration: `0s`, `100ms`, `1.5s`, `1m0s`, `72h0m0s`. Parts below a nanosecond are
 * dropped. Source: Go time.Duration.String.
 */
export function formatGoDuration(durationMs: number): string {
  const ns = Math.trunc(Math.abs(durationMs) * 1e6);
  const sign = durationMs < 0 && ns > 0 ? '-' : '';
  if (ns === 0) return '0s';
  if (ns < 1e3) return `${sign}${ns}ns`;
  if (ns < 1e6) return `${sign}${trimmed(ns / 1e3, 3)}µs`;
  if (ns < 1e9) return `${sign}${trimmed(ns / 1e6, 6)}ms`;
  const hours = Math.floor(ns / 3.6e12);
  const minutes = Math.floor((ns % 3.6e12) / 6e10);
  const seconds = `${trimmed((ns % 6e10) / 1e9, 9)}s`;
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${sign}${minutes}m${seconds}` : sign + seconds;
}

function trimmed(value: number, digits: number): string {
  return value.toFixed(digits).replace(/\.?0+$/, '');
}
