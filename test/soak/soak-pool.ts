import { startHobnobChild } from '../interop/hobnob-peer.ts';
import type { Peer } from '../interop/peer.ts';
import { type SerfVersion, startSerf } from '../interop/serf-agent.ts';
import { waitUntil } from '../interop/wait-until.ts';
import { costOf } from './process-cost.ts';
import { unexpectedOfOurs, unexpectedOfTheirs } from './unexpected-lines.ts';

/** What runs at one place of the pool. */
export type NodeKind = 'ours' | SerfVersion;

/** One name and address of the pool, whose process comes and goes. */
interface Place {
  readonly name: string;
  readonly host: string;
  readonly kind: NodeKind;
  peer: Peer | undefined;
  /** It was busy starting, joining or leaving: leave it alone. */
  isBusy: boolean;
}

/** The most that any process of ours was seen to use. */
export interface Peaks {
  residentMiB: number;
  /** Of one core, over the life of a process of at least ten seconds. */
  cpuShare: number;
}

/** A pool of real processes that are killed, leave and start again, and what is wrong with any of them. */
export class SoakPool {
  readonly #places: readonly Place[];
  readonly #startedAtMs = new Map<Peer, number>();
  readonly #problems = new Set<string>();
  readonly peaks: Peaks = { residentMiB: 0, cpuShare: 0 };

  constructor(kinds: readonly NodeKind[]) {
    this.#places = kinds.map((kind, index) => ({
      name: `${kind}-${index + 1}`,
      host: `127.34.1.${index + 1}`,
      kind,
      peer: undefined,
      isBusy: false,
    }));
  }

  /** What was seen and should not have been: crashes, errors, refused bytes. */
  get problems(): readonly string[] {
    return [...this.#problems];
  }

  get hosts(): readonly string[] {
    return this.#places.map(({ host }) => host);
  }

  /** Places whose process runs and is not just starting or leaving. */
  running(): readonly string[] {
    return this.#places.filter(({ peer, isBusy }) => peer !== undefined && !isBusy).map(({ name }) => name);
  }

  /** Places without a process. */
  down(): readonly string[] {
    return this.#places.filter(({ peer, isBusy }) => peer === undefined && !isBusy).map(({ name }) => name);
  }

  /** Starts a process at a place and joins it through a running one; the first joins none. */
  async start(name: string, { through }: { readonly through?: string } = {}): Promise<void> {
    await this.#whileBusy(name, async (place) => {
      const { host, kind } = place;
      const peer = await (kind === 'ours'
        ? startHobnobChild({ name, host })
        : startSerf({ name, host, version: kind }));
      place.peer = peer;
      this.#startedAtMs.set(peer, performance.now());
      if (through === undefined) return;
      const seed = this.#place(through).host;
      // The seed may be killed meanwhile: then it joins through another.
      await waitUntil(`${name} has joined`, () => this.#tryJoin(peer, seed), { timeoutMs: 60_000 });
    });
  }

  /** Ends a process as kill -9 does. */
  async kill(name: string): Promise<void> {
    await this.#end(name, (peer) => peer.crash());
  }

  /** Lets a process leave and ends it. */
  async leave(name: string): Promise<void> {
    await this.#end(name, (peer) => peer.leave());
  }

  /** Looks at every process: is it there, what does it use, what did it report? */
  inspect(): void {
    for (const place of this.#places) if (place.peer !== undefined) this.#inspect(place, place.peer);
  }

  /**
   * Undefined when every running member sees all running ones as alive and no one else, otherwise the first
   * disagreement.
   */
  async disagreement(): Promise<string | undefined> {
    const alive = this.running().toSorted();
    for (const name of alive) {
      const members = (await this.#place(name).peer?.members()) ?? [];
      const seen = members.filter(({ status }) => status === 'alive').map((member) => member.name);
      const missing = alive.filter((other) => !seen.includes(other));
      const ghosts = seen.filter((other) => !alive.includes(other));
      if (missing.length + ghosts.length > 0) {
        const seenAs = (other: string): string =>
          `${other} (${members.find((member) => member.name === other)?.status ?? 'unknown'})`;
        return `${name} misses [${missing.map(seenAs).join(', ')}] and believes in [${ghosts.join(', ')}]`;
      }
    }
    return undefined;
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#places.map(({ peer }) => peer?.dispose()));
  }

  async #tryJoin(peer: Peer, firstSeed: string): Promise<boolean> {
    const others = this.#places.filter((place) => place.peer !== undefined && place.peer !== peer);
    for (const seed of [firstSeed, ...others.map(({ host }) => host)]) {
      const isJoined = await peer.join(`${seed}:7946`).then(
        () => true,
        () => false,
      );
      if (isJoined) return true;
    }
    return false;
  }

  async #end(name: string, how: (peer: Peer) => Promise<void>): Promise<void> {
    await this.#whileBusy(name, async (place) => {
      const { peer } = place;
      if (peer === undefined) return;
      this.#inspect(place, peer);
      await how(peer);
      this.#report(place, peer);
      await peer.dispose();
      this.#startedAtMs.delete(peer);
      place.peer = undefined;
    });
  }

  async #whileBusy(name: string, work: (place: Place) => Promise<void>): Promise<void> {
    const place = this.#place(name);
    place.isBusy = true;
    try {
      await work(place);
    } finally {
      place.isBusy = false;
    }
  }

  #inspect(place: Place, peer: Peer): void {
    this.#report(place, peer);
    const cost = peer.pid === undefined ? undefined : costOf(peer.pid);
    if (cost === undefined) {
      if (!place.isBusy) this.#problems.add(`${place.name} ended by itself:\n${peer.logTail()}`);
      return;
    }
    if (place.kind !== 'ours') return;
    this.peaks.residentMiB = Math.max(this.peaks.residentMiB, cost.residentMiB);
    const livedSeconds = (performance.now() - (this.#startedAtMs.get(peer) ?? performance.now())) / 1000;
    if (livedSeconds >= 10)
      this.peaks.cpuShare = Math.max(this.peaks.cpuShare, cost.cpuSeconds / livedSeconds);
  }

  #report(place: Place, peer: Peer): void {
    const lines = place.kind === 'ours' ? unexpectedOfOurs(peer) : unexpectedOfTheirs(peer);
    for (const line of lines) this.#problems.add(`${place.name}: ${line.trim()}`);
  }

  #place(name: string): Place {
    const place = this.#places.find((candidate) => candidate.name === name);
    if (place === undefined) throw new Error(`no place ${name}`);
    return place;
  }
}
