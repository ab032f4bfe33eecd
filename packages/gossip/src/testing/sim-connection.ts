import type { StreamConnection, StreamHandler } from '../ports.ts';
import { type Address, formatAddress } from '../wire/address.ts';
import type { SimMachine } from './sim-machine.ts';

/** How long a lost step of a stream waits before it is sent again; doubles up to the maximum. After RFC 6298. */
const retryMinMs = 200;
const retryMaxMs = 3_200;

/** The largest piece in which bytes arrive. */
const chunkBytesMax = 16_384;

/** Overwrites a chunk after the call, so that a handler that keeps it is found out. */
const poison = 0xdd;

/** One step of a stream. `open` completes the handshake at the listener. */
type Step =
  | { readonly type: 'open' }
  | { readonly type: 'data'; readonly bytes: Uint8Array }
  | { readonly type: 'end' }
  | { readonly type: 'reset' };

export interface SimConnectionOptions {
  readonly machine: SimMachine;
  /** The address of the peer: the listener of a dialled stream, the ephemeral address of an accepted one. */
  readonly remoteAddress: Address;
  /** The peer's listening address, by which rules name it. */
  readonly remoteHost: Address;
  readonly timeoutMs: number;
  /** Called once, before the handler's `onClose`. */
  readonly onGone: () => void;
  /** Dialled streams only: the machine that accepts the last step of the handshake. */
  readonly onOpenArrived?: () => SimMachine | undefined;
}

/** One end of a simulated stream. Steps arrive in order whatever the rules delay or lose. */
export class SimConnection implements StreamConnection {
  readonly remoteAddress: Address;
  readonly #options: SimConnectionOptions;
  readonly #machine: SimMachine;
  readonly #cancelDeadline: () => void;
  #handler: StreamHandler | undefined;
  #peer: SimConnection | undefined;
  /** The machine that receives our steps, even before it has accepted the stream. */
  #peerMachine: SimMachine | undefined;
  #outbox: Step[] = [];
  #retryMs = retryMinMs;
  #isRetrying = false;
  #lastArrivalMs = 0;
  #isOpen = false;
  #hasEnded = false;
  #endIsSent = false;
  #peerHasEnded = false;
  #isClosed = false;
  #error: Error | undefined;

  constructor(options: SimConnectionOptions) {
    this.#options = options;
    this.#machine = options.machine;
    this.remoteAddress = options.remoteAddress;
    const { clock } = this.#machine;
    this.#cancelDeadline = clock.wakeAt(clock.nowMs() + options.timeoutMs, () =>
      this.abort(timedOut(options)),
    );
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  attach(handler: StreamHandler): void {
    this.#handler = handler;
  }

  /** Joins the two ends, when the listener has accepted `dialled`. */
  static link(dialled: SimConnection, accepted: SimConnection): void {
    dialled.#peer = accepted;
    accepted.#peer = dialled;
    accepted.#peerMachine = dialled.#machine;
    accepted.#isOpen = true;
  }

  /** The listener has answered: sends what was written so far. */
  open(): void {
    if (this.#isOpen || this.#isClosed) return;
    this.#isOpen = true;
    this.#outbox.unshift({ type: 'open' });
    this.#pump();
    this.#handler?.onOpen?.();
  }

  write(bytes: Uint8Array): void {
    if (this.#hasEnded || this.#isClosed) return;
    for (let start = 0; start < bytes.length; ) {
      const end = start + this.#chunkSize();
      // A copy in every case: `slice` of a Buffer would be none.
      this.#outbox.push({ type: 'data', bytes: new Uint8Array(bytes.subarray(start, end)) });
      start = end;
    }
    this.#pump();
  }

  end(): void {
    if (this.#hasEnded || this.#isClosed) return;
    this.#hasEnded = true;
    this.#outbox.push({ type: 'end' });
    this.#pump();
  }

  destroy(): void {
    this.#drop();
  }

  /** Drops the connection and passes `error` to the handler's `onClose`. */
  abort(error: Error): void {
    this.#drop(error);
  }

  /** As `abort`, but calls `onClose` within this call. */
  abortNow(error: Error): void {
    this.#drop(error);
    this.#notifyClosed();
  }

  /** The owner's process is gone: its system resets the stream, and no handler is called. */
  vanish(): void {
    this.#drop();
    this.#handler = undefined;
  }

  /** The peer refuses or resets the stream: the reset travels back to this end. */
  bounce(): void {
    const { remoteHost, machine } = this.#options;
    const arrivalMs = machine.wire.streamArrivalMs({ from: remoteHost, to: machine.address, bytesCount: 0 });
    if (arrivalMs === undefined) return;
    machine.wire.at(arrivalMs, () => machine.deliver(() => this.#take({ type: 'reset' })));
  }

  /** Sends the queued steps in order; a lost step stops the queue and is sent again later. */
  #pump(): void {
    const { wire } = this.#machine;
    while (this.#isOpen && !this.#isRetrying && !this.#isClosed) {
      const step = this.#outbox[0];
      if (step === undefined) return;
      if (!this.#send(step)) {
        wire.counts.streamRetries += 1;
        this.#isRetrying = true;
        wire.after(this.#retryMs, () => {
          this.#isRetrying = false;
          this.#pump();
        });
        this.#retryMs = Math.min(this.#retryMs * 2, retryMaxMs);
        return;
      }
      this.#retryMs = retryMinMs;
      this.#outbox.shift();
      if (step.type === 'end') {
        this.#endIsSent = true;
        this.#finishWhenBothEnded();
      }
    }
  }

  /** False when the step is lost on the way. Never overtakes a step sent before. */
  #send(step: Step): boolean {
    const { wire, address: from } = this.#machine;
    const bytesCount = step.type === 'data' ? step.bytes.length : 0;
    const arrivalMs = wire.streamArrivalMs({ from, to: this.#options.remoteHost, bytesCount });
    if (arrivalMs === undefined) return false;
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, arrivalMs);
    wire.at(this.#lastArrivalMs, () => this.#arrive(step));
    return true;
  }

  #arrive(step: Step): void {
    if (step.type === 'open') {
      this.#peerMachine = this.#options.onOpenArrived?.();
      if (this.#peerMachine === undefined) this.bounce();
      return;
    }
    if (this.#peerMachine === undefined || this.#peerMachine.isCrashed) {
      if (step.type !== 'reset') this.bounce();
      return;
    }
    this.#peerMachine.deliver(() => {
      if (this.#peer !== undefined && !this.#peer.#isClosed) this.#peer.#take(step);
      else if (step.type !== 'reset') this.bounce();
    });
  }

  #take(step: Step): void {
    if (this.#isClosed) return;
    if (step.type === 'data') {
      this.#machine.wire.counts.streamBytesDelivered += step.bytes.length;
      this.#handler?.onData(step.bytes);
      step.bytes.fill(poison);
    } else if (step.type === 'end') {
      this.#peerHasEnded = true;
      this.#handler?.onEnd();
      this.#finishWhenBothEnded();
    } else {
      this.#close(systemError('ECONNRESET', `${formatAddress(this.remoteAddress)} reset the stream`));
    }
  }

  #finishWhenBothEnded(): void {
    if (this.#endIsSent && this.#peerHasEnded && !this.#isClosed) this.#close();
  }

  #drop(error?: Error): void {
    if (this.#isClosed) return;
    this.#close(error);
    if (this.#isOpen) this.#send({ type: 'reset' });
  }

  /** Calls `onClose` later, never within the owner's own call, as a real socket does. */
  #close(error?: Error): void {
    this.#isClosed = true;
    this.#error = error;
    this.#outbox = [];
    this.#cancelDeadline();
    const { clock } = this.#machine;
    clock.wakeAt(clock.nowMs(), () => this.#notifyClosed());
  }

  #notifyClosed(): void {
    const handler = this.#handler;
    if (handler === undefined) return;
    this.#handler = undefined;
    this.#options.onGone();
    if (this.#error === undefined) handler.onClose();
    else handler.onClose(this.#error);
  }

  /** Every order of magnitude is as likely, so that short messages are cut up too. */
  #chunkSize(): number {
    return Math.floor(chunkBytesMax ** this.#machine.wire.rng.next());
  }
}

/** An error with the code that a real socket would give. */
export function systemError(code: 'ECONNREFUSED' | 'ECONNRESET' | 'ETIMEDOUT', message: string): Error {
  return Object.assign(new Error(message), { code });
}

function timedOut({ timeoutMs }: SimConnectionOptions): Error {
  return systemError('ETIMEDOUT', `no answer within ${timeoutMs} ms`);
}
