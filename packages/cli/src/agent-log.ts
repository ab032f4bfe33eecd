import type { AgentLogger, LogLevel } from '@hobnob/agent';
import { pino } from 'pino';
import { formatJsonLine, formatTextLine, type LogRecord } from './log-format.ts';

/** Where log lines go. */
export interface AgentLogOptions {
  readonly level: LogLevel;
  readonly json: boolean;
  readonly write: (line: string) => void;
}

/** A logger for the agent that holds its lines back until the banner is out. */
export interface AgentLog {
  readonly logger: AgentLogger;
  /** Writes what was held back; from now on lines go out at once. */
  open(): void;
}

/** An agent that logs more than this before it has started is in a loop. */
const heldLinesMax = 1_000;

/** pino writes records, this formats them: pino's levels that are off cost nothing. */
export function createAgentLog({ level, json, write }: AgentLogOptions): AgentLog {
  const held: string[] = [];
  let isOpen = false;
  const format = json ? formatJsonLine : formatTextLine;
  const destination = {
    write(text: string): void {
      const record = toRecord(JSON.parse(text) as PinoRecord);
      const line = format(record, -new Date(record.timeMs).getTimezoneOffset());
      if (isOpen) write(line);
      else if (held.length < heldLinesMax) held.push(line);
    },
  };
  const logger = pino(
    { level, base: null, serializers: { error: errorText, err: errorText, reason: errorText } },
    destination,
  );
  return {
    logger,
    open() {
      isOpen = true;
      for (const line of held.splice(0)) write(line);
    },
  };
}

interface PinoRecord extends Readonly<Record<string, unknown>> {
  readonly level: number;
  readonly time: number;
}

const levelNames: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error'];

/** pino counts levels in tens from 10 for trace; its `fatal` is our error. */
function toRecord({ level, time, msg, component, detail, ...fields }: PinoRecord): LogRecord {
  return {
    timeMs: time,
    level: levelNames[Math.floor(level / 10) - 1] ?? 'error',
    component: typeof component === 'string' ? component : 'agent',
    message: typeof msg === 'string' ? msg : '',
    detail: typeof detail === 'string' ? detail : undefined,
    fields,
  };
}

/** An operating error's sentence, without its stack. */
function errorText(value: unknown): unknown {
  return value instanceof Error ? value.message : value;
}
