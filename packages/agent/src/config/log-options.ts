import type { AgentOptions, LogFileConfig, LogLevel, LogOptions } from '../options.ts';
import type { Problems } from './problems.ts';

/** Consul's (agent/config DefaultSource and logging/logger.go). */
const rotateDurationMsDefault = 24 * 3_600_000;

/** The log file with Consul's defaults; undefined without a path. */
export function resolveLogFile(log: LogOptions): LogFileConfig | undefined {
  const { file = '', rotateBytes = 0, rotateDurationMs = 0, rotateFilesMax = 0 } = log;
  if (file === '') return undefined;
  return Object.freeze({
    path: file,
    rotateBytes,
    rotateDurationMs: rotateDurationMs > 0 ? rotateDurationMs : rotateDurationMsDefault,
    rotateFilesMax,
  });
}

const logLevels: ReadonlyMap<string, LogLevel> = new Map([
  ['trace', 'trace'],
  ['debug', 'debug'],
  ['info', 'info'],
  ['warn', 'warn'],
  ['err', 'error'],
  ['error', 'error'],
]);

export function resolveLogLevel(options: AgentOptions, problems: Problems): LogLevel {
  const text = options.log?.level ?? (options.dev === true ? 'debug' : 'info');
  const level = logLevels.get(text.toLowerCase());
  if (level === undefined) {
    problems.add(`Invalid log level: ${text}. Valid log levels are: [TRACE DEBUG INFO WARN ERR ERROR]`);
  }
  return level ?? 'info';
}
