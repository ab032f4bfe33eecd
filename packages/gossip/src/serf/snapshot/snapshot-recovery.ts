import { decodeText } from '../../codec/text.ts';
import { BoundedSet } from '../../collections/bounded-map.ts';
import { WireError } from '../../errors.ts';
import { type Address, hostFromBytes, hostToBytes } from '../../wire/address.ts';
import { lamportJumpMax } from '../lamport-clock.ts';
import { snapshotLimits } from '../limits.ts';

/** What a member knew when it last wrote its snapshot. */
export interface Snapshot {
  /** The addresses of the members that were alive, by name; this member included. */
  readonly alive: ReadonlyMap<string, Address>;
  /** The addresses of the failed members. Stored in comments of our own, as are the next two. */
  readonly failed: ReadonlyMap<string, Address>;
  /** Seeds that were joined, as the operator wrote them. */
  readonly seeds: readonly string[];
  /** Our last incarnation; 0 when unknown. */
  readonly incarnation: number;
  /** The last Lamport time of each kind; 0 for none. */
  readonly lamportTime: number;
  readonly eventTime: number;
  readonly queryTime: number;
}

/** A snapshot, and its invalid lines. */
export interface RecoveredSnapshot extends Snapshot {
  /** Lines that were skipped, except for an incomplete last one. */
  readonly skippedCount: number;
  /** The beginnings of the first few skipped lines. */
  readonly skipped: readonly string[];
}

export interface RecoveryOptions {
  /** Whether to ignore a recorded leave, so that the member rejoins the pool that it left. */
  readonly rejoinAfterLeave: boolean;
}

/** Lines of our own, which other readers of the file skip as comments. */
export const commentPrefixes = {
  failed: '# hobnob failed: ',
  seed: '# hobnob seed: ',
  incarnation: '# hobnob incarnation: ',
} as const;

/** A member would have to refute once a second for 68 years to exceed it. */
const incarnationMax = 2 ** 31;
const skippedShownMax = 5;
const shownCharsMax = 80;
const newline = 0x0a;

/**
 * Reads a snapshot file in Serf's format; later lines supersede earlier ones. Never throws: invalid lines and an
 * incomplete last line are skipped. Source: serf snapshot.go replay.
 */
export function recoverSnapshot(bytes: Uint8Array, options: RecoveryOptions): RecoveredSnapshot {
  const recovery = new Recovery(options);
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(newline, start);
    if (end < 0) break;
    recovery.readLine(decodeText(bytes, start, end));
    start = end + 1;
  }
  return recovery.result();
}

class Recovery {
  readonly #options: RecoveryOptions;
  readonly #alive = new Map<string, Address>();
  readonly #failed = new Map<string, Address>();
  readonly #seeds = new BoundedSet<string>(snapshotLimits.seedsMax);
  #times = { lamportTime: 0, eventTime: 0, queryTime: 0 };
  #incarnation = 0;
  #skippedCount = 0;
  readonly #skipped: string[] = [];

  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  result(): RecoveredSnapshot {
    return {
      alive: this.#alive,
      failed: this.#failed,
      seeds: [...this.#seeds],
      incarnation: this.#incarnation,
      ...this.#times,
      skippedCount: this.#skippedCount,
      skipped: this.#skipped,
    };
  }

  readLine(line: string): void {
    if (this.#apply(line)) return;
    this.#skippedCount += 1;
    if (this.#skipped.length < skippedShownMax) this.#skipped.push(line.slice(0, shownCharsMax));
  }

  #apply(line: string): boolean {
    const restOf = (prefix: string): string | undefined =>
      line.startsWith(prefix) ? line.slice(prefix.length) : undefined;
    if (line === 'leave') return this.#leave();
    const alive = restOf('alive: ');
    if (alive !== undefined) return this.#addAlive(alive);
    const down = restOf('not-alive: ');
    if (down !== undefined) return this.#removeMember(down);
    const failed = restOf(commentPrefixes.failed);
    if (failed !== undefined) return this.#addFailed(failed);
    const seed = restOf(commentPrefixes.seed);
    if (seed !== undefined) return this.#addSeed(seed);
    const incarnation = restOf(commentPrefixes.incarnation);
    if (incarnation !== undefined) return this.#setIncarnation(incarnation);
    if (line.startsWith('#') || line.startsWith('coordinate: ')) return true;
    return this.#setClock(line);
  }

  #leave(): boolean {
    if (this.#options.rejoinAfterLeave) return true;
    this.#alive.clear();
    this.#failed.clear();
    this.#seeds.clear();
    this.#times = { lamportTime: 0, eventTime: 0, queryTime: 0 };
    return true;
  }

  #addAlive(text: string): boolean {
    const member = parseMember(text);
    if (member === undefined || this.#alive.size >= snapshotLimits.aliveMax) return false;
    this.#failed.delete(member.name);
    this.#alive.set(member.name, member.address);
    return true;
  }

  #removeMember(name: string): boolean {
    this.#alive.delete(name);
    this.#failed.delete(name);
    return true;
  }

  #addFailed(text: string): boolean {
    const member = parseMember(text);
    if (member === undefined || this.#failed.size >= snapshotLimits.failedMax) return false;
    this.#failed.set(member.name, member.address);
    return true;
  }

  #addSeed(seed: string): boolean {
    if (seed === '') return false;
    this.#seeds.add(seed);
    return true;
  }

  #setIncarnation(text: string): boolean {
    const incarnation = parseCount(text);
    if (incarnation === undefined || incarnation > incarnationMax) return false;
    this.#incarnation = incarnation;
    return true;
  }

  #setClock(line: string): boolean {
    const [, name, text = ''] = /^(clock|event-clock|query-clock): (.*)$/s.exec(line) ?? [];
    const time = parseCount(text);
    // A new clock would not witness a later time, and the messages up to it would all be ignored as old.
    if (time === undefined || time > lamportJumpMax) return false;
    if (name === 'clock') this.#times.lamportTime = time;
    else if (name === 'event-clock') this.#times.eventTime = time;
    else this.#times.queryTime = time;
    return true;
  }
}

/** `name host:port`; the name may have spaces, the address has none. */
function parseMember(text: string): { readonly name: string; readonly address: Address } | undefined {
  const space = text.lastIndexOf(' ');
  const address = parseAddress(text.slice(space + 1));
  return space < 1 || address === undefined ? undefined : { name: text.slice(0, space), address };
}

function parseAddress(text: string): Address | undefined {
  const [, v6, v4, digits = ''] = /^(?:\[([^[\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (port < 1 || port > 65_535) return undefined;
  try {
    return { host: hostFromBytes(hostToBytes(v6 ?? v4 ?? '')), port };
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

function parseCount(text: string): number | undefined {
  const count = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(count) ? count : undefined;
}
