import type { AgentLogger, LogLevel } from '@hobnob/agent';
import { type Logger as PinoLogger, pino } from 'pino';
import { LineOutput, type LineSink, type LostLines } from './line-output.ts';
import { formatJsonLine, formatTextLine, type LogRecord } from './log-format.ts';

/** Where log lines go. */
export interface AgentLogOptions {
  readonly level: LogLevel;
  readonly json: boolean;
  readonly stdout: LineSink;
  /** Gets the same lines, without the indent of stdout. */
  readonly file?: LineSink | undefined;
}

/** A logger for the agent that buffers its lines until the banner is printed. */
export interface AgentLog {
  readonly logger: AgentLogger;
  /** Writes the buffered lines; further lines are written at once. */
  open(): void;
  /** Text on stdout that is no log line, like the banner; nothing with JSON. */
  print(text: string): void;
  /** From now on, for all children too. */
  setLevel(level: LogLevel): void;
  /** Lines that could not be written so far, by where they should have gone. */
  lostLines(): Readonly<Record<string, number>>;
  /** Resolves when nothing waits to be written; never while a reader stalls. */
  idle(): Promise<void>;
}

/** More lines before the start than any agent writes; a loop is cut off here. */
const bufferedLinesMax = 1_000;
/** Consul's agent indents its log below the banner. */
const stdoutIndent = '    ';

/** pino writes records, this formats them: pino's levels that are off cost nothing. */
export function createAgentLog({ level, json, stdout, file }: AgentLogOptions): AgentLog {
  const format = (record: LogRecord): string =>
    (json ? formatJsonLine : formatTextLine)(record, -new Date(record.timeMs).getTimezoneOffset());
  const note = (lost: LostLines): string => format(lostRecord(lost));
  const terminal = new LineOutput(stdout, (lost) => stdoutIndent + note(lost));
  const kept = file === undefined ? undefined : new LineOutput(file, note);
  const write = (line: string): void => {
    terminal.write(stdoutIndent + line);
    kept?.write(line);
  };
  const buffered: string[] = [];
  let isOpen = false;
  const destination = {
    write(text: string): void {
      const line = format(toRecord(JSON.parse(text) as PinoRecord));
      if (isOpen) write(line);
      else if (buffered.length < bufferedLinesMax) buffered.push(line);
    },
  };
  const loggers: PinoLogger[] = [];
  const logger = pino(
    {
      level,
      base: null,
      serializers: { error: errorText, err: errorText, reason: errorText },
      // A child has a level of its own from its birth on. The agent makes some twenty.
      onChild: (child) => void loggers.push(child),
    },
    destination,
  );
  loggers.push(logger);
  return {
    logger,
    open() {
      isOpen = true;
      for (const line of buffered.splice(0)) write(line);
    },
    print(text) {
      if (!json) terminal.write(text);
    },
    setLevel(next) {
      for (const each of loggers) each.level = next;
    },
    lostLines() {
      const counts = { [stdout.name]: terminal.lostCount };
      return file === undefined ? counts : { ...counts, [file.name]: kept?.lostCount ?? 0 };
    },
    async idle() {
      await Promise.all([terminal.idle(), kept?.idle()]);
    },
  };
}

function lostRecord({ count, to, reason }: LostLines): LogRecord {
  const fields = { lines: count, output: to, reason };
  const message = 'Log lines could not be written and are lost';
  return { timeMs: Date.now(), level: 'warn', component: 'agent', message, detail: undefined, fields };
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
