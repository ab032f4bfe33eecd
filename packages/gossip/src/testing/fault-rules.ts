import type { Rng } from '../ports.ts';
import { type Address, formatAddress } from '../wire/address.ts';

/** One datagram, or one step of a stream (handshake, bytes, end), on its way. */
export interface Transfer {
  readonly kind: 'packet' | 'stream';
  readonly from: Address;
  readonly to: Address;
  readonly bytesCount: number;
}

/** What a rule decides about one transfer. */
export type Verdict =
  | { readonly type: 'pass' }
  | { readonly type: 'deliver-after'; readonly delayMs: number }
  | { readonly type: 'duplicate' }
  | { readonly type: 'drop' };

/**
 * A fault. Rules are asked in the order in which they were added: delays add up, copies go on through the
 * later rules each by itself, and a drop ends it. What is dropped of a stream is sent again until the stream
 * ends, and its copies are ignored, as TCP does.
 */
export type Rule = (transfer: Transfer, rng: Rng) => Verdict;

const pass: Verdict = { type: 'pass' };
const drop: Verdict = { type: 'drop' };
const copy: Verdict = { type: 'duplicate' };

/** A rule that doubles its copies again and again must not eat the memory. */
const copiesMax = 64;

/** Every transfer takes a while longer, evenly spread between the two. Datagrams may overtake each other. */
export function delay({ minMs, maxMs }: { readonly minMs: number; readonly maxMs: number }): Rule {
  if (!(minMs >= 0 && maxMs >= minMs)) throw new RangeError(`no delay lies between ${minMs} and ${maxMs} ms`);
  return (_transfer, rng) => ({ type: 'deliver-after', delayMs: minMs + rng.next() * (maxMs - minMs) });
}

/** Loses this share (0 to 1) of all transfers. */
export function loss(rate: number): Rule {
  requireRate(rate);
  return (_transfer, rng) => (rng.next() < rate ? drop : pass);
}

/** Delivers this share (0 to 1) of datagrams twice. */
export function duplicate(rate: number): Rule {
  requireRate(rate);
  return (_transfer, rng) => (rng.next() < rate ? copy : pass);
}

/** Nothing passes between the groups, either way. A group lists hosts (`10.0.0.1`) or addresses (`10.0.0.1:7946`). */
export function partition(groupA: readonly string[], groupB: readonly string[]): Rule {
  const forth = block(groupA, groupB);
  const back = block(groupB, groupA);
  return (transfer, rng) => (forth(transfer, rng) === drop ? drop : back(transfer, rng));
}

/** Nothing passes from one group to the other; the way back stays open. Groups as in `partition`. */
export function block(from: readonly string[], to: readonly string[]): Rule {
  const senders = new Set(from);
  const receivers = new Set(to);
  return (transfer) => (isIn(senders, transfer.from) && isIn(receivers, transfer.to) ? drop : pass);
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
      else if (verdict.type === 'deliver-after') kept.push(delayMs + verdict.delayMs);
      else if (verdict.type === 'duplicate') kept.push(delayMs, delayMs);
    }
    if (kept.length === 0) return kept;
    delaysMs = kept.slice(0, copiesMax);
  }
  return delaysMs;
}

function isIn(group: ReadonlySet<string>, address: Address): boolean {
  return group.has(address.host) || group.has(formatAddress(address));
}

function requireRate(rate: number): void {
  if (!(rate >= 0 && rate <= 1)) throw new RangeError(`a rate lies between 0 and 1, not ${rate}`);
}
