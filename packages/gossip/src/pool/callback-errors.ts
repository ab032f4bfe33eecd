import { inspect } from 'node:util';
import type { GossipDiagnostics } from '../diagnostics.ts';
import { diagnostics } from '../io/diagnostics.ts';
import { LimitedLog } from '../io/limited-log.ts';
import type { Clock, Logger } from '../ports.ts';
import { silentLogger } from '../runtime/system-ports.ts';

/** The functions of the application that the gossip calls. */
export type CallbackKind = GossipDiagnostics['hobnob:gossip:error']['what'];

/** Without a logger a warning is written at most this often. */
const warningIntervalMs = 60_000;
/** An error may hold a text of any length, and a warning is read by people. */
const descriptionLengthMax = 2_000;

export interface CallbackErrorsParts {
  /** The name of the member whose application it is. */
  readonly member: string;
  /** The application's own; undefined when it gave none. */
  readonly logger: Logger | undefined;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Writes a warning when there is no logger, or when the logger itself failed. Must not throw. */
  readonly warn: (message: string, detail: string) => void;
}

/**
 * What the application's functions threw, or what their promises were rejected with. An error of the application never
 * ends the process and never disappears: it is counted, and logged with its cause. Without a logger it becomes a
 * process warning, at most one a minute.
 */
export class CallbackErrors {
  readonly #parts: CallbackErrorsParts;
  readonly #log: LimitedLog | undefined;
  readonly #counts: Record<CallbackKind, number> = { listener: 0, admission: 0, logger: 0 };
  #warnedAtMs: number | undefined;
  #unwarnedCount = 0;
  /** The logger as the gossip uses it: it never throws, and is silent when the application gave none. */
  readonly logger: Logger;

  constructor(parts: CallbackErrorsParts) {
    this.#parts = parts;
    this.logger = parts.logger === undefined ? silentLogger : this.#guarded(parts.logger);
    this.#log = parts.logger === undefined ? undefined : new LimitedLog(this.logger, parts.clock);
  }

  get counts(): Readonly<Record<CallbackKind, number>> {
    return this.#counts;
  }

  /** @param message says what failed, for instance 'an event listener failed'. */
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

  /** Calls a function of the application whose result nobody needs, and waits for the promise that it may return. */
  run(call: () => unknown, failed: (error: unknown) => void): void {
    try {
      const result = call();
      if (!mayBePromise(result)) return;
      // A new promise takes anything that has a `then`, also one that throws or is a getter that throws.
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

/** Whether it could have a method `then`; asking it for one may throw. */
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
