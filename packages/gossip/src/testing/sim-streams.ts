import { ConnectionLimit } from '../io/connection-limit.ts';
import type { StreamConnection, StreamHandler, StreamTransport } from '../ports.ts';
import { type Address, formatAddress } from '../wire/address.ts';
import { SimConnection, systemError } from './sim-connection.ts';
import type { FindMachine, SimMachine } from './sim-machine.ts';

/** How long a lost step of the handshake waits before it is sent again. Source: RFC 6298 §2 (one second). */
const handshakeRetryMs = 1_000;

export interface SimStreamsOptions {
  readonly find: FindMachine<SimStreams>;
  readonly connectionsMax: number;
  readonly timeoutMs: number;
  readonly onClose: () => void;
}

interface Dial {
  readonly connection: SimConnection;
  /** The ephemeral address of the dialling end, which the listener sees. */
  readonly from: Address;
  /** The listening address of the process that dials, by which rules name it. */
  readonly home: Address;
  readonly to: Address;
}

interface Answer {
  readonly connection: SimConnection;
  readonly to: Address;
  readonly isListening: boolean;
}

/** The stream listener of one simulated process. */
export class SimStreams implements StreamTransport {
  readonly localAddress: Address;
  readonly #machine: SimMachine;
  readonly #options: SimStreamsOptions;
  readonly #connections = new Set<SimConnection>();
  readonly #incoming: ConnectionLimit;
  #listener: ((connection: StreamConnection) => StreamHandler) | undefined;
  #isClosed = false;

  constructor(machine: SimMachine, options: SimStreamsOptions) {
    this.#machine = machine;
    this.#options = options;
    this.#incoming = new ConnectionLimit(options.connectionsMax);
    this.localAddress = machine.address;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  dial(to: Address, timeoutMs: number, handler: StreamHandler): StreamConnection {
    const { wire } = this.#machine;
    const from = { host: this.localAddress.host, port: wire.ephemeralPort() };
    const connection: SimConnection = new SimConnection({
      machine: this.#machine,
      remoteAddress: to,
      remoteHost: to,
      timeoutMs,
      onGone: () => this.#connections.delete(connection),
      onOpenArrived: () => this.#deliverTo({ connection, from, home: this.localAddress, to }),
    });
    this.#connections.add(connection);
    connection.attach(handler);
    wire.counts.streamsDialled += 1;
    if (this.#isClosed) connection.abort(new Error('the stream transport is closed'));
    else this.#shakeHands(connection, to);
    return connection;
  }

  onConnection(listener: (connection: StreamConnection) => StreamHandler): void {
    this.#listener = listener;
  }

  /** Calls `onClose` of open streams within this call, so that the promise resolves without virtual time. */
  close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      for (const connection of this.#connections) {
        connection.abortNow(new Error('the stream transport was closed'));
      }
      this.#options.onClose();
    }
    return Promise.resolve();
  }

  /** Resets all streams, as the system does for a process that is killed. */
  crash(): void {
    this.#isClosed = true;
    for (const connection of this.#connections) connection.vanish();
    this.#connections.clear();
  }

  /** Sends the handshake, and repeats it while no answer arrives. */
  #shakeHands(connection: SimConnection, to: Address): void {
    if (connection.isClosed) return;
    const { wire, address, isPaused } = this.#machine;
    const retry = (): void => {
      wire.counts.streamRetries += 1;
      wire.after(handshakeRetryMs, () => this.#shakeHands(connection, to));
    };
    const askedMs = isPaused ? undefined : wire.streamArrivalMs({ from: address, to, bytesCount: 0 });
    if (askedMs === undefined) {
      retry();
      return;
    }
    wire.at(askedMs, () => {
      const isListening = this.#options.find(to)?.isClosed === false;
      const answeredMs = wire.streamArrivalMs({ from: to, to: address, bytesCount: 0 });
      if (answeredMs === undefined) retry();
      else
        wire.at(answeredMs, () => this.#machine.deliver(() => this.#settle({ connection, to, isListening })));
    });
  }

  #settle({ connection, to, isListening }: Answer): void {
    if (isListening) {
      connection.open();
      return;
    }
    this.#machine.wire.counts.streamsRefused += 1;
    connection.abort(systemError('ECONNREFUSED', `no process listens on ${formatAddress(to)}`));
  }

  #deliverTo(dial: Dial): SimMachine | undefined {
    const target = this.#options.find(dial.to);
    if (target === undefined || target.#isClosed) return undefined;
    target.#machine.deliver(() => target.#accept(dial));
    return target.#machine;
  }

  #accept({ connection: dialled, from, home }: Dial): void {
    const listener = this.#isClosed ? undefined : this.#listener;
    if (listener === undefined || !this.#incoming.tryAcquire(from.host)) {
      this.#machine.wire.counts.streamsRefused += 1;
      dialled.bounce();
      return;
    }
    const accepted: SimConnection = new SimConnection({
      machine: this.#machine,
      remoteAddress: from,
      remoteHost: home,
      timeoutMs: this.#options.timeoutMs,
      onGone: () => {
        this.#connections.delete(accepted);
        this.#incoming.release(from.host);
      },
    });
    this.#connections.add(accepted);
    SimConnection.link(dialled, accepted);
    accepted.attach(listener(accepted));
  }
}
