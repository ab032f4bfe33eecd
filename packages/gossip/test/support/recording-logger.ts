import type { Logger } from '../../src/ports.ts';

export interface LogLine {
  readonly level: 'error' | 'warn' | 'info' | 'debug' | 'trace';
  readonly fields: object;
  readonly message: string;
}

/** A logger that records its lines, in order. */
export function recordingLogger(): { readonly logger: Logger; readonly lines: readonly LogLine[] } {
  const lines: LogLine[] = [];
  const keep = (level: LogLine['level']) => (fields: object, message: string) => {
    lines.push({ level, fields, message });
  };
  const logger: Logger = {
    error: keep('error'),
    warn: keep('warn'),
    info: keep('info'),
    debug: keep('debug'),
    trace: keep('trace'),
  };
  return { logger, lines };
}
