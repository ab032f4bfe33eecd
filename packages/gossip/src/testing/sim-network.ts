import type { Clock, PacketTransport, Rng, StreamTransport } from '../ports.ts';
import { type Address, formatAddress } from '../wire/address.ts';
import type { Rule } from './fault-rules.ts';
import { SimMachine } from './sim-machine.ts';
import { SimPackets } from './sim-packets.ts';
import { SimStreams } from './sim-streams.ts';
import { type SimNetworkStats, SimWire, type TransferListener } from './sim-wire.ts';

/** The options of a simulated network. */
export interface SimNetworkOptions {
  /** Everything on this network happens in wakes of this clock. */
  readonly clock: Clock;
  /** The only source of randomness, so that one seed repeats one history. */
  readonly rng: Rng;
  /** The latency of every transfer, before rules add to it. Default 1. */
  readonly latencyMs?: number;
  /** Called for each datagram and each step of a stream. */
  readonly onTransfer?: TransferListener;
}

/** The limits of one process on the network. */
export interface SimHostOptions {
  /** How many incoming streams may be open at once. Default 256. */
  readonly connectionsMax?: number;
  /** How long an incoming stream may stay open. Default 10,000, memberlist's TCP timeout on a LAN. */
  readonly streamTimeoutMs?: number;
}

/** One process on the network: the ports that a member needs. */
export interface SimHost {
  readonly address: Address;
  /** The network's clock, whose wakes wait while this process is paused and never run after a crash. */
  readonly clock: Clock;
  readonly packets: PacketTransport;
  readonly streams: StreamTransport;
}

interface Process extends SimHost {
  readonly machine: SimMachine;
  readonly packets: SimPackets;
  readonly streams: SimStreams;
}

/**
 * A network in one process and in virtual time. Everything runs in wakes of one clock, without promises, so that a seed
 * repeats a history exactly. Rules drop, duplicate and delay datagrams; streams keep their bytes in order and deliver them
 * in chunks of random size.
 */
export class SimNetwork {
  readonly #wire: SimWire;
  readonly #processes = new Map<string, Process>();

  constructor({ clock, rng, latencyMs = 1, onTransfer }: SimNetworkOptions) {
    if (!(latencyMs >= 0 && Number.isFinite(latencyMs))) {
      throw new RangeError(`a latency is 0 or more milliseconds, not ${latencyMs}`);
    }
    this.#wire = new SimWire({ clock, rng, latencyMs, onTransfer });
  }

  /**
   * Starts a process that listens for datagrams and streams on one address. The address is free again when
   * both transports have closed, or the process crashed.
   * @throws Error with code EADDRINUSE when the address is taken, RangeError for a port outside 1-65535.
   */
  host(address: Address, { connectionsMax = 256, streamTimeoutMs = 10_000 }: SimHostOptions = {}): SimHost {
    const key = formatAddress(address);
    if (!(address.port >= 1 && address.port <= 65_535)) throw new RangeError(`${key} has no usable port`);
    if (this.#processes.has(key)) {
      throw Object.assign(new Error(`${key} is in use on this network`), { code: 'EADDRINUSE' });
    }
    const machine = new SimMachine(address, this.#wire);
    const onClose = (): void => {
      if (packets.isClosed && streams.isClosed && this.#processes.get(key) === process) {
        this.#processes.delete(key);
      }
    };
    const packets = new SimPackets(machine, { find: (to) => this.#find(to)?.packets, onClose });
    const streams = new SimStreams(machine, {
      find: (to) => this.#find(to)?.streams,
      connectionsMax,
      timeoutMs: streamTimeoutMs,
      onClose,
    });
    const process: Process = { address, clock: machine.clock, machine, packets, streams };
    this.#processes.set(key, process);
    return process;
  }

  /** Adds a fault after the others; returns the function that removes it. */
  addRule(rule: Rule): () => void {
    return this.#wire.addRule(rule);
  }

  /**
   * Pauses a process, as SIGSTOP does: its wakes wait, it sends nothing, and what arrives waits too (datagrams up to the
   * size of a socket's buffer). Its system still completes handshakes. Returns the function that resumes it, within which
   * everything that waited runs.
   */
  pause(address: Address): () => void {
    const { machine } = this.#require(address);
    machine.pause();
    return () => machine.resume();
  }

  /**
   * Kills a process: none of its callbacks runs again, its streams are reset, and connections to it are refused. The address
   * can be used again. @throws Error when no process runs there.
   */
  crash(address: Address): void {
    const process = this.#require(address);
    this.#processes.delete(formatAddress(address));
    process.streams.crash();
    process.machine.crash();
  }

  /** A copy of the counters since the network was created. */
  stats(): Readonly<SimNetworkStats> {
    return { ...this.#wire.counts };
  }

  #find(address: Address): Process | undefined {
    return this.#processes.get(formatAddress(address));
  }

  #require(address: Address): Process {
    const process = this.#find(address);
    if (process === undefined) throw new Error(`no process runs on ${formatAddress(address)}`);
    return process;
  }
}
