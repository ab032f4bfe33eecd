import { type Address, formatAddress } from '../../wire/address.ts';
import type { Ping } from '../../wire/swim-messages.ts';
import { isUp } from '../members/member-table.ts';
import { sendNamedPing } from '../probing/send-named-ping.ts';
import { beginNamedPushPull } from '../push-pull/named-push-pull.ts';
import { beginPushPull } from '../push-pull/push-pull.ts';
import type { SwimState } from '../state.ts';
import type { StreamFailure } from '../types.ts';

/**
 * Lost members are found by reconnect pings, and find us by their own probes. A member that is down or unknown here and
 * acks a ping by its name, or pings us by ours, is alive, and a resync of two push/pulls follows. One push/pull is enough
 * for members that both sides have forgotten. Members that one side holds dead have to announce a new incarnation first:
 * the first push/pull lets them refute, and the second brings the refutations to the other side.
 */

/** Pings by name under way at once, beyond which no reconnect ping is sent; each lives one probe timeout. */
const namedPingsMax = 256;
/** The second push/pull of a resync comes this long after the first. */
const resyncDelayMs = 2_000;
/** The share of the usual pings and streams that an address still gets when another process has it. */
const takenShare = 0.1;

/** Pings a lost member by its name, so that a process of another name at its address does not answer. */
export function sendReconnectPing(state: SwimState, name: string, to: Address): void {
  const { config, features, namedPings } = state;
  if (!features.reconnectPings || namedPings.size >= namedPingsMax || !isWorthPinging(state, name, to))
    return;
  const timeoutMs = config.timing.probeTimeoutMs;
  sendNamedPing(state, { name, to, purpose: { kind: 'reconnect-ping' } }, { over: 'datagram', timeoutMs });
}

/** A lost member acked a reconnect ping. */
export function reconnectPingAcked(state: SwimState, name: string, to: Address): void {
  if (!mayResync(state, name, to)) return;
  beginResync(state, name, to);
  beginPushPull(state, state.nextStreamId(), to, 'join');
}

/**
 * Serf's reconnect: a push/pull with a failed member. memberlist joins whatever pool has the address by then; here the
 * member is pinged by its name first. An address that another process has is logged once, and tried ten times less often.
 * Source: serf.go reconnect.
 */
export function reconnect(state: SwimState, name: string, to: Address): void {
  if (!isWorthPinging(state, name, to)) return;
  beginNamedPushPull(state, { name, to, intent: 'join', isReconnect: true });
}

/** The stream of a reconnect ended without an ack. */
export function reconnectFailed(state: SwimState, name: string, at: Address, { code }: StreamFailure): void {
  // Refused, unreachable or silent: no process listens there. Any other end is the answer of another process.
  const isAnswer = code === 'SEED_CLOSED' || code === 'SEED_REJECTED' || code === 'SEED_DECRYPT';
  const incarnation = state.table.get(name)?.incarnation ?? 0;
  if (!isAnswer || state.lostMembers.isAddressTaken(name, at, incarnation)) return;
  state.lostMembers.addressTaken(name, { at, incarnation });
  state.note('info', 'another process has the address of a lost member; it is tried less often now', {
    member: name,
    address: formatAddress(at),
  });
}

/** A member pings us by our name. If it is down or unknown here, one side has lost the other. */
export function resyncWithPinger(state: SwimState, ping: Ping, from: Address): void {
  const { config, features, table } = state;
  const { node, sourceNode, replyTo } = ping;
  if (!features.reconnectPings || node !== config.name) return;
  if (sourceNode === undefined || sourceNode === '' || sourceNode === node) return;
  const known = table.get(sourceNode);
  if (known !== undefined && known.state !== 'dead') return;
  const at = known?.address ?? replyTo ?? from;
  if (!mayResync(state, sourceNode, at)) return;
  beginResync(state, sourceNode, at);
  beginNamedPushPull(state, { name: sourceNode, to: at, intent: 'join' });
}

/** The second push/pull of a resync. A member that has left meanwhile may be restarting: it is not brought back. */
export function continueResync(state: SwimState, name: string): void {
  const member = state.table.get(name);
  if (member === undefined || member.state === 'left' || state.leaving) return;
  beginNamedPushPull(state, { name: member.name, to: member.address, intent: 'join' });
}

function mayResync(state: SwimState, name: string, at: Address): boolean {
  const { config, deadlines, leaving, lostMembers, nowMs } = state;
  if (leaving || !config.allowsHost(at.host) || deadlines.has({ kind: 'resync', name })) return false;
  return lostMembers.mayResync(nowMs);
}

function beginResync(state: SwimState, name: string, at: Address): void {
  state.lostMembers.resyncing(name, state.nowMs);
  state.note('info', 'found a lost member; resyncing', { member: name, address: formatAddress(at) });
  state.deadlines.set({ kind: 'resync', name }, state.nowMs + resyncDelayMs);
}

/** Whether the member is lost; and where another process has its address, one time in ten. */
function isWorthPinging(state: SwimState, name: string, to: Address): boolean {
  const { config, lostMembers, rng, table } = state;
  const known = table.get(name);
  if (name === config.name || (known !== undefined && isUp(known))) return false;
  return !lostMembers.isAddressTaken(name, to, known?.incarnation ?? 0) || rng.next() < takenShare;
}
