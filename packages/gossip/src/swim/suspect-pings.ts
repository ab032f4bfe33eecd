import { encodePacketMessage } from '../wire/swim-codec.ts';
import type { SwimMember } from './member-table.ts';
import type { NamedPing } from './named-pings.ts';
import type { SwimState } from './state.ts';
import { nextLookMs, type Suspicion, suspectAnswered, suspectAsked } from './suspicion.ts';

/** An answer that comes late is an answer: the time, in probe timeouts, for which one is awaited. */
const patience = 3;

const suspicionPrefix = 'suspicion:';

/** The key of the deadline of a suspicion. */
export function suspicionKey(name: string): string {
  return `${suspicionPrefix}${name}`;
}

/** The suspected member whose deadline this is, if it is one. */
export function suspectedOfKey(key: string): string | undefined {
  return key.startsWith(suspicionPrefix) ? key.slice(suspicionPrefix.length) : undefined;
}

/** Whether a verdict needs more than one witness. Without that we believe every word, as memberlist does. */
export function hasOwnProof({ config: { disabledExtensions } }: SwimState): boolean {
  return !disabledExtensions?.has('second-confirmation') && !disabledExtensions?.has('suspicion-notices');
}

/**
 * Sends the suspect the accusation and a ping by its name. Its refutation may have missed us: gossip reaches nearly all
 * members, and in a large pool that loses packets this is not enough, because one wrong verdict is gossiped to all. An
 * ack proves that the suspect lives, even if its accuser does not reach it.
 */
export function pingSuspect(
  state: SwimState,
  member: SwimMember,
  suspicion: Suspicion,
  over: NamedPing['over'],
): void {
  const { config, nowMs, udpPaths, namedPings } = state;
  const { name, incarnation, address: to } = member;
  const accusation = { type: 'suspect', incarnation, node: name, from: config.name } as const;
  if (!hasOwnProof(state)) {
    state.send(member, [encodePacketMessage(accusation)]);
    goOnWith(state, member, { ...suspicion, hearings: suspicion.hearings + 1 });
    return;
  }
  namedPings.ask(state, {
    name,
    to,
    over: udpPaths.isLost(member) ? 'both' : over,
    timeoutMs: patience * config.timing.probeTimeoutMs,
    accusation,
    onAnswer: () => answeredUs(state, name),
  });
  goOnWith(state, member, suspectAsked(suspicion, nowMs));
}

/** A member answered a ping by its name, ours or one that another member sent for us. */
export function answeredUs(state: SwimState, name: string): void {
  const member = state.table.get(name);
  if (member === undefined) return;
  member.isDenied = false;
  if (member.suspicion !== undefined) member.suspicion = suspectAnswered(member.suspicion, state.nowMs);
}

/** Keeps a suspicion, and looks at it when it asks for that. */
export function goOnWith(state: SwimState, member: SwimMember, suspicion: Suspicion): void {
  member.suspicion = suspicion;
  state.deadlines.set(suspicionKey(member.name), nextLookMs(suspicion, state.nowMs));
}
