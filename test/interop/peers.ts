import { type ConsulOptions, type ConsulPeer, startConsul } from './consul-agent.ts';
import { type GoPeer, type GoPeerOptions, startGoPeer } from './go-peer.ts';
import { type HobnobOptions, type HobnobPeer, startHobnobChild, startHobnobGossip } from './hobnob-peer.ts';
import { describePeer, type Peer, type PeerStatus, statusSeenBy } from './peer.ts';
import { type SerfOptions, type SerfPeer, startSerf } from './serf-agent.ts';
import { type WaitOptions, waitUntil } from './wait-until.ts';

type WithoutHost<T extends { readonly host: string }> = Omit<T, 'host'> & { readonly host?: string };

/**
 * Gossip may miss a member; what surely reaches it is its own next exchange of state. In serf's local profile that
 * starts after a stagger of up to 15 s and an interval of 15 s. The rest is for a busy machine.
 */
const convergenceMs = 40_000;

/** Gives out loopback addresses that no other test file uses, and rarely another run on this machine. */
export class LoopbackAddresses {
  readonly #prefix: string;
  #last = 0;

  /**
   * @param file one number per test file, 1 to 15: files may run at the same time.
   * @param network of 127.0.0.0/8.
   */
  constructor(file: number, network = 26) {
    if (file < 1 || file > 15) throw new RangeError(`test file ${file}: 1 to 15 are possible`);
    this.#prefix = `127.${network}.${file * 16 + (process.pid % 16)}`;
  }

  next(): string {
    this.#last += 1;
    if (this.#last > 254) throw new Error('a test file has used up its loopback addresses');
    return `${this.#prefix}.${this.#last}`;
  }
}

/**
 * The nodes of one test: starts them on addresses of their own, waits for what they should see, and ends
 * all of them when the test is over, whatever happened.
 */
export class Peers {
  readonly #addresses: LoopbackAddresses;
  readonly #peers: Peer[] = [];
  readonly #starting: Promise<Peer>[] = [];

  /** @param onEnd registers what runs after the test: `onTestFinished` of its context, or `afterAll`. */
  constructor(addresses: LoopbackAddresses, onEnd: (dispose: () => Promise<void>) => void) {
    this.#addresses = addresses;
    onEnd(() => this.dispose());
  }

  serf(options: WithoutHost<SerfOptions>): Promise<SerfPeer> {
    return this.#keep(startSerf({ host: this.#addresses.next(), ...options }));
  }

  consul(options: WithoutHost<ConsulOptions>): Promise<ConsulPeer> {
    return this.#keep(startConsul({ host: this.#addresses.next(), ...options }));
  }

  /** A node of the newest serf or memberlist. */
  newest(options: WithoutHost<GoPeerOptions>): Promise<GoPeer> {
    return this.#keep(startGoPeer({ host: this.#addresses.next(), ...options }));
  }

  /** Our node in this process. */
  hobnob(
    options: WithoutHost<HobnobOptions>,
    extra?: Parameters<typeof startHobnobGossip>[1],
  ): Promise<HobnobPeer> {
    return this.#keep(startHobnobGossip({ host: this.#addresses.next(), ...options }, extra));
  }

  /** Our built node in a process of its own. */
  hobnobProcess(options: WithoutHost<HobnobOptions>): Promise<Peer> {
    return this.#keep(startHobnobChild({ host: this.#addresses.next(), ...options }));
  }

  /** Waits for anything; a failure shows what every node saw and logged. */
  waitUntil<T>(
    what: string,
    probe: () => Promise<T | undefined | false> | T | undefined | false,
    options: Omit<WaitOptions, 'explain'> = {},
  ): Promise<T> {
    return waitUntil(what, probe, { timeoutMs: convergenceMs, ...options, explain: () => this.#describe() });
  }

  /** Waits until `observer` shows `status` for a name; `absent` when it must not know the name. */
  async waitForStatus(
    observer: Peer,
    name: string,
    status: PeerStatus | 'absent',
    options: Omit<WaitOptions, 'explain'> = {},
  ): Promise<void> {
    await this.waitUntil(
      `${observer.name} sees ${name} as ${status}`,
      async () => ((await statusSeenBy(observer, name)) ?? 'absent') === status,
      options,
    );
  }

  /** Waits until each of these nodes shows each of them as alive, and no one else. */
  async waitUntilAllAlive(...peers: readonly Peer[]): Promise<void> {
    for (const observer of peers) {
      await this.waitUntil(`${observer.name} sees all ${peers.length} alive`, async () => {
        const members = await observer.members();
        return members.length === peers.length && members.every((member) => member.status === 'alive');
      });
    }
  }

  async dispose(): Promise<void> {
    // A test may fail while others are still starting: they must not outlive it either.
    await Promise.allSettled(this.#starting);
    const results = await Promise.allSettled(this.#peers.map((peer) => peer.dispose()));
    const failed = results.filter((result) => result.status === 'rejected');
    if (failed.length > 0) throw new AggregateError(failed.map((result) => result.reason));
  }

  async #keep<T extends Peer>(starting: Promise<T>): Promise<T> {
    this.#starting.push(starting);
    const peer = await starting;
    this.#peers.push(peer);
    return peer;
  }

  async #describe(): Promise<string> {
    return (await Promise.all(this.#peers.map(describePeer))).join('\n');
  }
}
