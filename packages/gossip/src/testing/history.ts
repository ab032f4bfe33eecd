import type { GossipEvent, MemberEvent } from '../events.ts';

/** A log line of a member: a constant message and its fields. */
export interface LoggedLine {
  readonly type: 'log';
  readonly message: string;
  readonly fields: object;
}

/** One entry, formatted only when the history is read. */
interface Entry {
  readonly atMs: number;
  /** The member that emitted or logged it; undefined for an action of the scenario. */
  readonly observer: string | undefined;
  readonly what: GossipEvent | LoggedLine | string;
}

/** The size of the history. One failure in a pool of hundreds fills it. */
const entriesMax = 4_096;

/** How many observers of the same entry are named. */
const observersNamed = 3;

/** The last entries of what happened in a pool. Adding one is cheap; reading formats them all. */
export class History {
  readonly #entries: Entry[] = [];
  readonly #trace: ((line: string) => void) | undefined;
  /** The index of the oldest entry, which the next one replaces when the history is full. */
  #oldest = 0;

  constructor(trace: ((line: string) => void) | undefined) {
    this.#trace = trace;
  }

  add(atMs: number, observer: string | undefined, what: Entry['what']): void {
    const entry = { atMs, observer, what };
    if (this.#entries.length < entriesMax) {
      this.#entries.push(entry);
    } else {
      this.#entries[this.#oldest] = entry;
      this.#oldest = (this.#oldest + 1) % entriesMax;
    }
    this.#trace?.(lineOf(atMs, observer === undefined ? [] : [observer], describe(what)));
  }

  /** Removes all entries. */
  clear(): void {
    this.#entries.length = 0;
    this.#oldest = 0;
  }

  /**
   * Oldest first. Events of one member and one moment are one line; so is the same entry of several members in a row, with
   * the time of the first.
   */
  lines(): readonly string[] {
    const lines: string[] = [];
    let group: { readonly atMs: number; readonly text: string; readonly observers: string[] } | undefined;
    const flush = (): void => {
      if (group !== undefined) lines.push(lineOf(group.atMs, group.observers, group.text));
    };
    for (const { atMs, observer, what } of merged(this.#inOrder())) {
      const text = describe(what);
      if (group?.text === text && observer !== undefined && group.observers.length > 0) {
        if (!group.observers.includes(observer)) group.observers.push(observer);
        continue;
      }
      flush();
      group = { atMs, text, observers: observer === undefined ? [] : [observer] };
    }
    flush();
    return lines;
  }

  #inOrder(): readonly Entry[] {
    return [...this.#entries.slice(this.#oldest), ...this.#entries.slice(0, this.#oldest)];
  }
}

/** Merges events of the same type that one member emitted at the same moment. */
function merged(entries: readonly Entry[]): readonly Entry[] {
  const result: Entry[] = [];
  for (const entry of entries) {
    const last = result.at(-1);
    const both = last && membersOfBoth(last, entry);
    if (last === undefined || both === undefined) result.push(entry);
    else result[result.length - 1] = { ...last, what: both };
  }
  return result;
}

function membersOfBoth(one: Entry, other: Entry): MemberEvent | undefined {
  if (one.atMs !== other.atMs || one.observer !== other.observer) return undefined;
  const [first, second] = [one.what, other.what];
  if (typeof first === 'string' || typeof second === 'string') return undefined;
  if (!('members' in first && 'members' in second) || first.type !== second.type) return undefined;
  return { ...first, members: [...first.members, ...second.members] };
}

/** `    1234.5 ms  m1, m2, m3 and 4 more: member-failed m5`. An action of the scenario begins with a star. */
function lineOf(atMs: number, observers: readonly string[], text: string): string {
  const time = `${atMs.toFixed(1).padStart(10)} ms`;
  if (observers.length === 0) return `${time}  * ${text}`;
  const named = observers.slice(0, observersNamed).join(', ');
  const rest = observers.length > observersNamed ? ` and ${observers.length - observersNamed} more` : '';
  return `${time}  ${named}${rest}: ${text}`;
}

/** Whether a line is an action of the scenario. */
export function isScenarioLine(line: string): boolean {
  return /^ *[\d.]+ ms {2}\* /.test(line);
}

function describe(what: Entry['what']): string {
  if (typeof what === 'string') return what;
  switch (what.type) {
    case 'log':
      return `${what.message} ${JSON.stringify(what.fields)}`;
    case 'member-conflict':
    case 'user-event':
      return `${what.type} ${what.name}`;
    case 'query':
      return `${what.type} ${what.name} from ${what.from}`;
    case 'conflict-vote':
      return `${what.type} ${what.verdict}`;
    default:
      return `${what.type} ${listOf(what.members.map(({ name }) => name))}`;
  }
}

/** The first few names, for a message. */
export function listOf(names: readonly string[]): string {
  const shown = names.slice(0, 8).join(', ');
  return names.length > 8 ? `${shown} and ${names.length - 8} more` : shown;
}
