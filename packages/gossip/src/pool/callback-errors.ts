import { inspect } from 'node:util';
import type { GossipDiagnostics } from '../diagnostics.ts';
import { diagnostics } from '../diagnostics.ts';
import { LimitedLog } from '../io/limited-log.ts';
import type { Clock, Logger } from '../ports.ts';
import { silentLogger } from '../runtime/system-ports.ts';

/** The application's functions that the gossip calls. */
export type CallbackKind = GossipDiagnostics['hobnob:gossip:error']['what'];

/** The shortest time between two warnings without a logger. */
const warningIntervalMs = 60_000;
/** Longer descriptions of an error are cut off. */
const descriptionLengthMax = 2_000;

export interface CallbackErrorsParts {
  /** The name of the member whose application it is. */
  readonly member: string;
  /** The application's logger; undefined when it gave none. */
  readonly logger: Logger | undefined;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Writes a warning when there is no logger, or when the logger itself failed. Must not throw. */
  readonly warn: (message: string, detail: string) => void;
}

/**
 * Reports the errors that the application's functions throw or reject with. Such an error never ends the process and is
 * never lost: it is counted, and logged with its cause. Without a logger it becomes a warning of the process, at most one
 * a minute.
 */
export class CallbackErrors {
  readonly #parts: CallbackErrorsParts;
  readonly #log: LimitedLog | undefined;
  readonly #counts: Record<CallbackKind, number> = { listener: 0, admission: 0, logger: 0 };
  #warnedAtMs: number | undefined;
  #unwarnedCount = 0;
  /** The logger for the gossip: never throws, and discards all lines when the application gave none. */
  readonly logger: Logger;

  constructor(parts: CallbackErrorsParts) {
    this.#parts = parts;
    this.logger = parts.logger === undefined ? silentLogger : this.#guarded(parts.logger);
    this.#log = parts.logger === undefined ? undefined : new LimitedLog(this.logger, parts.clock);
  }

  get counts(): Readonly<Record<CallbackKind, number>> {
    return this.#counts;
  }

  /** @param message names what failed, for instance 'an event listener failed'. */
  report(
    kind: CallbackKind,
    message: string,
    fields: Readonly<Record<string, string>>,
    error: unknown,
  ): void {
    this.#count(kind, error);
    if (this.#log !== undefined) {
      this.#log.write('error', message, { err: error, ...fields });
    } else {
      this.#warn([message, ...Object.values(fields)].join(': '), error);
    }
  }

  /** Calls a function of the application, and handles a rejection of the promise that it may return. */
  run(call: () => unknown, failed: (error: unknown) => void): void {
    try {
      const result = call();
      if (!mayBePromise(result)) return;
      // A new promise accepts any object with a `then`, even if reading or calling it throws.
      new Promise((resolve) => resolve(result)).catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  #count(what: CallbackKind, error: unknown): void {
    this.#counts[what] += 1;
    const { member } = this.#parts;
    if (diagnostics.error.hasSubscribers) diagnostics.error.publish({ member, what, error });
  }

  #guarded(logger: Logger): Logger {
    const guard =
      (level: keyof Logger) =>
      (fields: object, message: string): void => {
        this.run(
          () => logger[level](fields, message),
          (error) => {
            this.#count('logger', error);
            this.#warn(`the logger failed at "${message}"`, error);
          },
        );
      };
    return {
      error: guard('error'),
      warn: guard('warn'),
      info: guard('info'),
      debug: guard('debug'),
      trace: guard('trace'),
    };
  }

  #warn(message: string, error: unknown): void {
    const nowMs = this.#parts.clock.nowMs();
    if (this.#warnedAtMs !== undefined && nowMs - this.#warnedAtMs < warningIntervalMs) {
      this.#unwarnedCount += 1;
      return;
    }
    const more = this.#unwarnedCount === 0 ? '' : ` (${this.#unwarnedCount} more since the last warning)`;
    this.#warnedAtMs = nowMs;
    this.#unwarnedCount = 0;
    this.#parts.warn(`${message}${more}`, describe(error));
  }
}

/** Whether it could have a method `then`. Reading that property may throw, so it is not read here. */
function mayBePromise(value: unknown): boolean {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** Never throws, whatever the application threw. */
function describe(error: unknown): string {
  try {
    return inspect(error, { depth: 1 }).slice(0, descriptionLengthMax);
  } catch {
    return 'its error cannot be described';
  }
}
