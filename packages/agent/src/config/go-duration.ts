const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/** Go's durations are 64-bit nanoseconds: about 292 years. */
const durationMsMax = 9_223_372_036_854;

/**
 * Milliseconds in a duration as Go writes it: `30s`, `1h2m3.5s`, `-1.5h`, `100ms`, `0`. Undefined when the
 * text is none, or beyond what Go can hold. Source: Go time.ParseDuration.
 */
export function parseGoDuration(text: string): number | undefined {
  const sign = text.startsWith('-') ? -1 : 1;
  const unsigned = text.replace(/^[+-]/, '');
  if (unsigned === '0') return 0;
  const parts = unsigned.match(/(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h)/g);
  if (parts === null || parts.join('') !== unsigned) return undefined;
  let totalMs = 0;
  for (const part of parts) {
    const [, amount = '', unit = ''] = /^([\d.]+)(\D+)$/.exec(part) ?? [];
    totalMs += Number(amount) * (unitMs[unit] ?? Number.NaN);
  }
  return Number.isFinite(totalMs) && totalMs <= durationMsMax ? sign * totalMs : undefined;
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
