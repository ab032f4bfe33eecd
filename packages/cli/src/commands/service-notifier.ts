import type { AgentLogger } from '@hobnob/agent';
import type { CliIo } from '../io.ts';

/**
 * Notifies systemd of the agent's state, when NOTIFY_SOCKET is set (sd_notify(3), ADR 0025). One message
 * after the other; the first that cannot be sent is one warning.
 */
export class ServiceNotifier {
  readonly #io: CliIo;
  readonly #log: AgentLogger;
  readonly #isWanted: boolean;
  #sent: Promise<void> = Promise.resolve();
  #hasWarned = false;

  constructor(io: CliIo, log: AgentLogger) {
    this.#io = io;
    this.#log = log;
    this.#isWanted = (io.env['NOTIFY_SOCKET'] ?? '') !== '';
  }

  /** The agent runs. */
  ready(): void {
    this.#send('READY=1');
  }

  /** A reload begins; `ready` ends it. */
  reloading(): void {
    this.#send(`RELOADING=1\nMONOTONIC_USEC=${this.#io.monotonicUs()}`);
  }

  stopping(): void {
    this.#send('STOPPING=1');
  }

  #send(message: string): void {
    if (!this.#isWanted) return;
    this.#sent = this.#sent.then(async () => {
      const problem = await this.#io.notifyServiceManager(message);
      if (problem === undefined || this.#hasWarned) return;
      this.#hasWarned = true;
      this.#log.warn(
        { message, reason: problem },
        'systemd cannot be notified: install systemd-notify, or use Type=exec instead of Type=notify in the unit',
      );
    });
  }
}
