import type { LogLevel } from '@hobnob/agent';
import { printable, printableLines } from './printable.ts';

/** One line of the log before it has a format. */
export interface LogRecord {
  readonly timeMs: number;
  readonly level: LogLevel;
  /** The part of the agent that logs: `agent.server.serf.lan`. */
  readonly component: string;
  readonly message: string;
  /** Text that belongs right behind the message. */
  readonly detail: string | undefined;
  readonly fields: Readonly<Record<string, unknown>>;
}

const levelLabels: Readonly<Record<LogLevel, string>> = {
  trace: '[TRACE]',
  debug: '[DEBUG]',
  info: '[INFO] ',
  warn: '[WARN] ',
  error: '[ERROR]',
};

/**
 * The record as Consul's agent prints it: `2020-02-21T11:28:20.323+0800 [INFO]  agent: text: key=value`.
 * `offsetMinutes` is how far local time is ahead of UTC. Control characters are escaped: a peer's name must
 * not be able to forge a line.
 */
export function formatTextLine(record: LogRecord, offsetMinutes: number): string {
  const stamp = localTime(record.timeMs, offsetMinutes, { digits: 3, colon: '' });
  const pairs = Object.entries(record.fields).map(([key, value]) => `${key}=${textValue(value)}`);
  const message = printable(fullMessage(record));
  const suffix = pairs.length === 0 ? '' : `: ${pairs.join(' ')}`;
  return `${stamp} ${levelLabels[record.level]} ${record.component}: ${message}${suffix}\n`;
}

/** The record as hclog writes JSON, keys in order: `@level`, `@message`, `@module`, `@timestamp`, fields. */
export function formatJsonLine(record: LogRecord, offsetMinutes: number): string {
  const fields = Object.entries(record.fields).sort(([one], [other]) => (one < other ? -1 : 1));
  const line = {
    '@level': record.level,
    '@message': fullMessage(record),
    '@module': record.component,
    '@timestamp': localTime(record.timeMs, offsetMinutes, { digits: 6, colon: ':' }),
    ...Object.fromEntries(fields),
  };
  return `${printableLines(JSON.stringify(line))}\n`;
}

function fullMessage({ message, detail }: LogRecord): string {
  return detail === undefined ? message : `${message}: ${detail}`;
}

interface TimeStyle {
  /** Of the fraction of a second; beyond three they are zero. */
  readonly digits: number;
  /** What stands between hours and minutes of the zone. */
  readonly colon: string;
}

function localTime(timeMs: number, offsetMinutes: number, { digits, colon }: TimeStyle): string {
  const local = new Date(timeMs + offsetMinutes * 60_000).toISOString().slice(0, -1);
  const fraction = '0'.repeat(digits - 3);
  if (offsetMinutes === 0) return `${local}${fraction}Z`;
  const ahead = Math.abs(offsetMinutes);
  const [hours, minutes] = [Math.floor(ahead / 60), ahead % 60].map((part) => String(part).padStart(2, '0'));
  return `${local}${fraction}${offsetMinutes < 0 ? '-' : '+'}${hours}${colon}${minutes}`;
}

/** As hclog writes values: quoted when they hold white space, lists in brackets. */
function textValue(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(textValue).join(', ')}]`;
  const text = printable(typeof value === 'object' ? JSON.stringify(value) : String(value));
  return /[\s\\]/.test(text) ? `"${text}"` : text;
}
