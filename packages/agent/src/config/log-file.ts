import type { LogFileConfig, LogOptions } from '../options.ts';

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
