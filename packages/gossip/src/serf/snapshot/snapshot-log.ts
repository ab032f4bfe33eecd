import { encodeText } from '../../codec/text.ts';
import type { GossipEvent } from '../../events.ts';
import type { Member } from '../../member.ts';
import { type Address, formatAddress, sameAddress } from '../../wire/address.ts';
import { snapshotLimits } from '../limits.ts';
import { commentPrefixes, type Snapshot } from './snapshot-recovery.ts';

/** What a snapshot records of ourselves. */
export type SnapshotCounters = Pick<Snapshot, 'lamportTime' | 'eventTime' | 'queryTime' | 'incarnation'>;

/** Below this size a file is not compacted, and no more than this waits to be written. Source: serf snapshot.go. */
const compactBytesMin = 128 * 1024;
/** What one live member may take of the file, all that was said of it since included. */
const compactBytesPerMember = 2 * 128;

const counterPrefixes = {
  lamportTime: 'clock: ',
  eventTime: 'event-clock: ',
  queryTime: 'query-clock: ',
  incarnation: commentPrefixes.incarnation,
} as const satisfies Record<keyof SnapshotCounters, string>;
const counterNames = Object.keys(counterPrefixes) as (keyof SnapshotCounters)[];

/**
 * What the snapshot file is to say: the lines that are still to be appended, and the whole of it for when
 * it is written anew. A name that holds a line break is not recorded, as it would forge lines.
 * Source: serf snapshot.go.
 */
export class SnapshotLog {
  readonly #rejoinAfterLeave: boolean;
  readonly #alive: Map<string, Address>;
  readonly #failed: Map<string, Address>;
  readonly #seeds: Set<string>;
  readonly #counters: { -readonly [Name in keyof SnapshotCounters]: number };
  #hasLeft = false;
  #lines: string[] = [];
  #linesChars = 0;

  /** Begins with what an earlier life left, which counts as written. */
  constructor(before: Snapshot, { rejoinAfterLeave }: { readonly rejoinAfterLeave: boolean }) {
    this.#rejoinAfterLeave = rejoinAfterLeave;
    this.#alive = new Map(before.alive);
    this.#failed = new Map(before.failed);
    this.#seeds = new Set(before.seeds);
    const { lamportTime, eventTime, queryTime, incarnation } = before;
    this.#counters = { lamportTime, eventTime, queryTime, incarnation };
  }

  /** Takes in what happened to members. */
  record(event: GossipEvent): void {
    if (this.#hasLeft) return;
    switch (event.type) {
      case 'member-join':
      case 'member-update':
        for (const member of event.members) this.#up(member);
        return;
      case 'member-failed':
        for (const member of event.members) this.#failedAt(member);
        return;
      case 'member-leave':
      case 'member-reap':
        for (const { name } of event.members) this.#gone(name);
        return;
    }
  }

  /** Remembers seeds that could be joined. */
  joined(seeds: readonly string[]): void {
    for (const seed of seeds) {
      if (this.#hasLeft || this.#seeds.has(seed) || /[\n\r]/.test(seed)) continue;
      if (this.#seeds.size >= snapshotLimits.seedsMax) this.#seeds.delete(firstOf(this.#seeds));
      this.#seeds.add(seed);
      this.#write(`${commentPrefixes.seed}${seed}`);
    }
  }

  /** Takes in our clocks and our incarnation; what has grown is written. */
  count(counters: SnapshotCounters): void {
    if (this.#hasLeft) return;
    for (const name of counterNames) {
      if (counters[name] <= this.#counters[name]) continue;
      this.#counters[name] = counters[name];
      this.#write(`${counterPrefixes[name]}${counters[name]}`);
    }
  }

  /** We leave for good: nobody here is to come back to, unless that is wanted. Nothing is recorded afterwards. */
  leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    if (!this.#rejoinAfterLeave) for (const known of [this.#alive, this.#failed, this.#seeds]) known.clear();
    this.#write('leave');
  }

  /** Whether a file that has grown to `sizeBytes` is better written anew than appended to. */
  isCompactionDue(sizeBytes: number): boolean {
    const limitBytes = Math.max(compactBytesMin, compactBytesPerMember * this.#alive.size);
    return sizeBytes > limitBytes || this.#linesChars > compactBytesMin;
  }

  /** The lines since the last call of this or of `compacted`; empty when there are none. */
  takeLines(): Uint8Array {
    const text = this.#lines.join('');
    this.#lines = [];
    this.#linesChars = 0;
    return encodeText(text);
  }

  /** The whole file in its shortest form; what was waiting to be appended is part of it. */
  compacted(): Uint8Array {
    this.#lines = [];
    this.#linesChars = 0;
    for (const [name, address] of this.#alive) this.#write(aliveLine(name, address));
    for (const [name, address] of this.#failed) this.#write(failedLine(name, address));
    for (const seed of this.#seeds) this.#write(`${commentPrefixes.seed}${seed}`);
    for (const name of counterNames) this.#write(`${counterPrefixes[name]}${this.#counters[name]}`);
    if (this.#hasLeft) this.#write('leave');
    return this.takeLines();
  }

  #up({ name, address }: Member): void {
    const known = this.#alive.get(name);
    if (known !== undefined && sameAddress(known, address)) return;
    if (known === undefined && this.#alive.size >= snapshotLimits.aliveMax) return;
    if (!isWritable(name)) return;
    this.#failed.delete(name);
    this.#alive.set(name, address);
    this.#write(aliveLine(name, address));
  }

  #failedAt({ name, address }: Member): void {
    this.#gone(name);
    if (!isWritable(name)) return;
    if (this.#failed.size >= snapshotLimits.failedMax) this.#gone(firstOf(this.#failed.keys()));
    this.#failed.set(name, address);
    this.#write(failedLine(name, address));
  }

  #gone(name: string): void {
    const wasAlive = this.#alive.delete(name);
    const hadFailed = this.#failed.delete(name);
    if (wasAlive || hadFailed) this.#write(`not-alive: ${name}`);
  }

  #write(line: string): void {
    this.#lines.push(`${line}\n`);
    this.#linesChars += line.length + 1;
  }
}

function aliveLine(name: string, address: Address): string {
  return `alive: ${name} ${formatAddress(address)}`;
}

function failedLine(name: string, address: Address): string {
  return `${commentPrefixes.failed}${name} ${formatAddress(address)}`;
}

function isWritable(name: string): boolean {
  return !name.includes('\n');
}

/** The longest remembered of a collection that is not empty. */
function firstOf(items: Iterable<string>): string {
  for (const item of items) return item;
  throw new Error('nothing is remembered');
}
