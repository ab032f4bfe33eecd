import type { Rng } from '../ports.ts';
import { type Address, formatAddress } from '../wire/address.ts';

/** One datagram, or one step of a stream (handshake, bytes, end). */
export interface Transfer {
  /** A datagram, or a part of a stream. */
  readonly kind: 'packet' | 'stream';
  readonly from: Address;
  readonly to: Address;
  /** The size of the payload; 0 for a step of a stream without bytes. */
  readonly bytesCount: number;
}

/** What a rule decides about one transfer. */
export type Verdict =
  | { readonly type: 'pass' }
  /** Added to the delays of the network and of other rules; 0 or more. */
  | { readonly type: 'deliver-after'; readonly delayMs: number }
  /** Datagrams only. */
  | { readonly type: 'duplicate' }
  | { readonly type: 'drop' };

/**
 * A fault. Rules are applied in the order in which they were added: delays add up, the later rules decide about each copy
 * by itself, and a drop is final. A dropped step of a stream is sent again until the stream ends, and copies of steps are
 * ignored, as in TCP. Draw randomness from `rng` alone, so that the seed repeats it.
 */
export type Rule = (transfer: Transfer, rng: Rng) => Verdict;

const pass: Verdict = { type: 'pass' };
const drop: Verdict = { type: 'drop' };
const copy: Verdict = { type: 'duplicate' };

/** Bounds the copies of one datagram when several rules duplicate it. */
const copiesMax = 64;

/**
 * Delays every transfer by a uniformly distributed time. Datagrams may overtake each other.
 * @throws RangeError unless 0 <= minMs <= maxMs.
 */
export function delay({ minMs, maxMs }: { readonly minMs: number; readonly maxMs: number }): Rule {
  if (!(minMs >= 0 && maxMs >= minMs)) throw new RangeError(`no delay lies between ${minMs} and ${maxMs} ms`);
  return (_transfer, rng) => ({ type: 'deliver-after', delayMs: minMs + rng.next() * (maxMs - minMs) });
}

/** Drops this share (0 to 1) of all transfers. @throws RangeError outside 0 to 1. */
export function loss(rate: number): Rule {
  requireRate(rate);
  return (_transfer, rng) => (rng.next() < rate ? drop : pass);
}

/** Delivers this share (0 to 1) of datagrams twice. @throws RangeError outside 0 to 1. */
export function duplicate(rate: number): Rule {
  requireRate(rate);
  return (_transfer, rng) => (rng.next() < rate ? copy : pass);
}

/**
 * Drops all transfers between any two of the groups; one group alone is cut off from all other hosts. A group lists hosts
 * (`10.0.0.1`) or addresses (`10.0.0.1:7946`). @throws RangeError without a group.
 */
export function partition(...groups: readonly (readonly string[])[]): Rule {
  if (groups.length === 0) throw new RangeError('a partition needs a group');
  const sides = groups.map((group) => new Set(group));
  const [only] = sides;
  if (only !== undefined && sides.length === 1) {
    return ({ from, to }) => (isIn(only, from) === isIn(only, to) ? pass : drop);
  }
  const isCut = (from: Address, to: Address): boolean =>
    sides.some((side) => isIn(side, from) && sides.some((other) => other !== side && isIn(other, to)));
  return ({ from, to }) => (isCut(from, to) ? drop : pass);
}

/** Drops all transfers from one group to the other, but not those back. Groups as in `partition`. */
export function block(from: readonly string[], to: readonly string[]): Rule {
  const senders = new Set(from);
  const receivers = new Set(to);
  return (transfer) => (isIn(senders, transfer.from) && isIn(receivers, transfer.to) ? drop : pass);
}

/** The direction of a fault: from some hosts or members to others. A side that is left out means all. */
export interface Link {
  readonly from?: readonly string[];
  readonly to?: readonly string[];
}

/**
 * Applies `rule` in one direction only; the opposite direction is another link. Each step of a stream has its own direction.
 * Sides as the groups of `partition`.
 */
export function onLink({ from, to }: Link, rule: Rule): Rule {
  const senders = from && new Set(from);
  const receivers = to && new Set(to);
  return (transfer, rng) => {
    if (senders !== undefined && !isIn(senders, transfer.from)) return pass;
    if (receivers !== undefined && !isIn(receivers, transfer.to)) return pass;
    return rule(transfer, rng);
  };
}

/** Applies `rule` to datagrams only. */
export function udpOnly(rule: Rule): Rule {
  return (transfer, rng) => (transfer.kind === 'packet' ? rule(transfer, rng) : pass);
}

/** Applies `rule` to streams only. */
export function streamsOnly(rule: Rule): Rule {
  return (transfer, rng) => (transfer.kind === 'stream' ? rule(transfer, rng) : pass);
}

/** The extra delay of every copy that arrives; none when the transfer is lost. */
export function judge(rules: Iterable<Rule>, transfer: Transfer, rng: Rng): readonly number[] {
  let delaysMs: number[] = [0];
  for (const rule of rules) {
    const kept: number[] = [];
    for (const delayMs of delaysMs) {
      const verdict = rule(transfer, rng);
      if (verdict.type === 'pass') kept.push(delayMs);
      else if (verdict.type === 'deliver-after') kept.push(delayMs + requireDelay(verdict.delayMs));
      else if (verdict.type === 'duplicate') kept.push(delayMs, delayMs);
      else if (verdict.type !== 'drop') throw unknownVerdict(verdict);
    }
    if (kept.length === 0) return kept;
    delaysMs = kept.slice(0, copiesMax);
  }
  return delaysMs;
}

function isIn(group: ReadonlySet<string>, address: Address): boolean {
  return group.has(address.host) || group.has(formatAddress(address));
}

/** For rules without TypeScript: an unknown verdict is an error, not a loss. */
function unknownVerdict(verdict: never): TypeError {
  return new TypeError(
    `a rule answers pass, deliver-after, duplicate or drop, not ${JSON.stringify(verdict)}`,
  );
}

function requireDelay(delayMs: number): number {
  if (!(delayMs >= 0)) throw new RangeError(`a rule delays by 0 or more milliseconds, not ${delayMs}`);
  return delayMs;
}

function requireRate(rate: number): void {
  if (!(rate >= 0 && rate <= 1)) throw new RangeError(`a rate lies between 0 and 1, not ${rate}`);
}
