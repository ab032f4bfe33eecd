import { silentLogger } from '@hobnob/gossip/runtime';
import type { AgentLogger } from './ports.ts';

/** Discards every line. */
export const silentAgentLogger: AgentLogger = {
  ...silentLogger,
  child: () => silentAgentLogger,
  isLevelEnabled: () => false,
};

const levels = ['error', 'warn', 'info', 'debug', 'trace'] as const;
/** A logger that fails does so at every line; one warning a minute does not fill stderr. */
const warningIntervalMs = 60_000;

/** How a failure is reported, and when it is now. Replaced in tests. */
export interface GuardOptions {
  readonly warn?: (message: string) => void;
  readonly nowMs?: () => number;
}

/**
 * The same logger for callers that a log line must not stop: a method that throws, or whose promise rejects, loses
 * its line and nothing else; a `child` that fails gives the logger itself. The first such failure, and then one a
 * minute, becomes a warning of the process.
 */
export function guardLogger(logger: AgentLogger, options: GuardOptions = {}): AgentLogger {
  const { warn = (message) => process.emitWarning(message), nowMs = () => performance.now() } = options;
  let quietUntilMs = Number.NEGATIVE_INFINITY;
  return guardedWith(logger, (method, error) => {
    if (nowMs() < quietUntilMs) return;
    quietUntilMs = nowMs() + warningIntervalMs;
    const reason = error instanceof Error ? error.message : typeof error;
    warn(`the logger failed and a line is lost: method ${method}: ${reason}`);
  });
}

type Report = (method: string, error: unknown) => void;

function guardedWith(logger: AgentLogger, report: Report): AgentLogger {
  const at = (level: (typeof levels)[number]) => guardedMethod(logger, level, report);
  const guarded: AgentLogger = {
    error: at('error'),
    warn: at('warn'),
    info: at('info'),
    debug: at('debug'),
    trace: at('trace'),
    child: (bindings) => {
      try {
        const child: unknown = logger.child(bindings);
        if (isLogger(child)) return guardedWith(child, report);
        report('child', new Error('what it returned is no logger'));
      } catch (failure) {
        report('child', failure);
      }
      return guarded;
    },
    isLevelEnabled: (level) => {
      try {
        return logger.isLevelEnabled?.(level) !== false;
      } catch (failure) {
        report('isLevelEnabled', failure);
        return true;
      }
    },
  };
  return guarded;
}

function isLogger(value: unknown): value is AgentLogger {
  if (typeof value !== 'object' || value === null) return false;
  return [...levels, 'child'].every((method) => typeof Reflect.get(value, method) === 'function');
}

function guardedMethod(
  logger: AgentLogger,
  level: (typeof levels)[number],
  report: Report,
): AgentLogger['error'] {
  return (fields, message) => {
    try {
      // The type says nothing is returned; loggers that write to a service may return a promise.
      const written: unknown = logger[level](fields, message);
      if (written instanceof Promise) written.catch((error: unknown) => report(level, error));
    } catch (error) {
      report(level, error);
    }
  };
}
