import { GossipError } from '../errors.ts';
import { orAborted } from '../runtime/waits.ts';

type Phase = 'running' | 'leaving' | 'left' | 'closed';

/** The phases of a gossip, in this order: running, leaving, left, closed. */
export class Lifecycle {
  readonly #name: string;
  #phase: Phase = 'running';
  #left: Promise<void> | undefined;
  #resolveLeft: (() => void) | undefined;
  /** Aborts calls that wait for the network when the gossip is closed. */
  readonly #closing = new AbortController();
  /** Resolves when everything is released. Never rejects. */
  readonly released: Promise<void>;
  #resolveReleased: () => void = () => undefined;

  /** @param name of the member, for error messages. */
  constructor(name: string) {
    this.#name = name;
    this.released = new Promise((resolve) => {
      this.#resolveReleased = resolve;
    });
  }

  get isClosed(): boolean {
    return this.#phase === 'closed';
  }

  /** @throws GossipError GOSSIP_CLOSED unless the gossip is running. */
  requireRunning(what: string): void {
    if (this.#phase === 'running') return;
    const why = this.#phase === 'closed' ? 'was closed' : 'is leaving or has left';
    throw new GossipError('GOSSIP_CLOSED', `${what}: the gossip of "${this.#name}" ${why}`);
  }

  /** Calls `begin` the first time. Resolves when `hasLeft` or `close` is called; rejects with the signal's reason. */
  leave(begin: () => void, signal: AbortSignal | undefined): Promise<void> {
    if (this.#phase === 'closed') return Promise.resolve();
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#left === undefined) {
      this.#phase = 'leaving';
      this.#left = new Promise((resolve) => {
        this.#resolveLeft = resolve;
      });
      begin();
    }
    return orAborted(this.#left, signal);
  }

  hasLeft(): void {
    if (this.#phase === 'leaving') this.#phase = 'left';
    this.#resolveLeft?.();
  }

  /** Ends the calls that wait for the network. Returns the reason with which they reject. */
  close(): GossipError {
    this.#phase = 'closed';
    const reason = new GossipError('GOSSIP_CLOSED', `the gossip of "${this.#name}" was closed`);
    this.#closing.abort(reason);
    this.#resolveLeft?.();
    return reason;
  }

  setReleased(): void {
    this.#resolveReleased();
  }

  /** The signals that end a call which waits for the network: the caller's, and the end of the gossip. */
  endedBy(signal: AbortSignal | undefined): readonly AbortSignal[] {
    return [this.#closing.signal, ...(signal === undefined ? [] : [signal])];
  }
}
