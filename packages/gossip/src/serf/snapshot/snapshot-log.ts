import { encodeText } from '../../codec/text.ts';
import { BoundedSet } from '../../collections/bounded-map.ts';
import type { GossipEvent } from '../../events.ts';
import type { Member } from '../../member.ts';
import { type Address, formatAddress, sameAddress } from '../../wire/address.ts';
import { snapshotLimits } from '../limits.ts';
import { commentPrefixes, type Snapshot } from './snapshot-recovery.ts';

/** The fields of a snapshot about this member. */
export type SnapshotCounters = Pick<Snapshot, 'lamportTime' | 'eventTime' | 'queryTime' | 'incarnation'>;

/** The least file size for a compaction, and the most that waits to be appended. Source: serf snapshot.go. */
const compactBytesMin = 128 * 1024;
/** File size per live member, its older lines included, up to which the file is not compacted. */
const compactBytesPerMember = 2 * 128;

const counterPrefixes = {
  lamportTime: 'clock: ',
  eventTime: 'event-clock: ',
  queryTime: 'query-clock: ',
  incarnation: commentPrefixes.incarnation,
} as const satisfies Record<keyof SnapshotCounters, string>;
const counterNames = Object.keys(counterPrefixes) as (keyof SnapshotCounters)[];

/**
 * The content of the snapshot file: the lines to append, and the whole file for a compaction. A name with a line
 * break is not recorded, since it could forge lines. Source: serf snapshot.go.
 */
export class SnapshotLog {
  readonly #rejoinAfterLeave: boolean;
  readonly #alive: Map<string, Address>;
  readonly #failed: Map<string, Address>;
  readonly #seeds = new BoundedSet<string>(snapshotLimits.seedsMax);
  readonly #counters: { -readonly [Name in keyof SnapshotCounters]: number };
  #hasLeft = false;
  #lines: string[] = [];
  #linesChars = 0;

  /** Begins with the snapshot of an earlier instance, whose lines are in the file. */
  constructor(recovered: Snapshot, { rejoinAfterLeave }: { readonly rejoinAfterLeave: boolean }) {
    this.#rejoinAfterLeave = rejoinAfterLeave;
    this.#alive = new Map(recovered.alive);
    this.#failed = new Map(recovered.failed);
    for (const seed of recovered.seeds) this.#seeds.add(seed);
    const { lamportTime, eventTime, queryTime, incarnation } = recovered;
    this.#counters = { lamportTime, eventTime, queryTime, incarnation };
  }

  /** Records a member event. */
  record(event: GossipEvent): void {
    if (this.#hasLeft) return;
    switch (event.type) {
      case 'member-join':
      case 'member-update':
        for (const member of event.members) this.#recordAlive(member);
        return;
      case 'member-failed':
        for (const member of event.members) this.#recordFailed(member);
        return;
      case 'member-leave':
      case 'member-reap':
        for (const { name } of event.members) this.#recordNotAlive(name);
        return;
    }
  }

  /** Records seeds that were joined. */
  recordSeeds(seeds: readonly string[]): void {
    for (const seed of seeds) {
      if (this.#hasLeft || this.#seeds.has(seed) || /[\n\r]/.test(seed)) continue;
      this.#seeds.add(seed);
      this.#write(`${commentPrefixes.seed}${seed}`);
    }
  }

  /** Records our clocks and our incarnation where they have grown. */
  recordCounters(counters: SnapshotCounters): void {
    if (this.#hasLeft) return;
    for (const name of counterNames) {
      if (counters[name] <= this.#counters[name]) continue;
      this.#counters[name] = counters[name];
      this.#write(`${counterPrefixes[name]}${counters[name]}`);
    }
  }

  /**
   * Records our leave, after which nothing is recorded. Unless `rejoinAfterLeave`, the members and seeds are
   * forgotten.
   */
  recordLeave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    if (!this.#rejoinAfterLeave) for (const known of [this.#alive, this.#failed, this.#seeds]) known.clear();
    this.#write('leave');
  }

  /** Whether a file of `sizeBytes` should be compacted instead of appended to. */
  isCompactionDue(sizeBytes: number): boolean {
    const limitBytes = Math.max(compactBytesMin, compactBytesPerMember * this.#alive.size);
    return sizeBytes > limitBytes || this.#linesChars > compactBytesMin;
  }

  /** The lines since the last call of `takeLines` or `compacted`; empty when there are none. */
  takeLines(): Uint8Array {
    const text = this.#lines.join('');
    this.#lines = [];
    this.#linesChars = 0;
    return encodeText(text);
  }

  /** The whole file in its shortest form, the lines to append included. */
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

  #recordAlive({ name, address }: Member): void {
    const known = this.#alive.get(name);
    if (known !== undefined && sameAddress(known, address)) return;
    if (known === undefined && this.#alive.size >= snapshotLimits.aliveMax) return;
    if (!isWritable(name)) return;
    this.#failed.delete(name);
    this.#alive.set(name, address);
    this.#write(aliveLine(name, address));
  }

  #recordFailed({ name, address }: Member): void {
    this.#recordNotAlive(name);
    if (!isWritable(name)) return;
    if (this.#failed.size >= snapshotLimits.failedMax) this.#recordNotAlive(firstOf(this.#failed.keys()));
    this.#failed.set(name, address);
    this.#write(failedLine(name, address));
  }

  #recordNotAlive(name: string): void {
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

/** The oldest of a collection that is not empty. */
function firstOf(items: Iterable<string>): string {
  for (const item of items) return item;
  throw new Error('the collection is empty');
}
