import type { AdmissionCandidate, AdmissionPolicy } from '@hobnob/gossip';
import { consulServerOf, isHobnob } from './consul-server.ts';
import type { KnownMembers } from './members-by-id.ts';

/** This agent: the identity that others must not share and the datacenter they must be in. */
export interface AdmissionSelf {
  readonly nodeName: string;
  readonly nodeId: string;
  readonly datacenter: string;
  readonly server: boolean;
  /** The address that this agent advertises on the LAN. */
  readonly address: string;
}

const mixedServersHint = 'run this agent as a client (without -server), or use a pool of its own';

/**
 * Consul's rules for the LAN, in its words: one datacenter, one segment, no node id twice. Ours on top: a name
 * has one owner, and a newcomer's id is compared with those of all members in `known`. Consul compares it with its own
 * id only, so that a clone, which refuses to join once it sees the list, stays in that list as failed. Pure but for
 * what `known` gives. Source: Consul agent/consul merge.go lanMergeDelegate.
 */
export function lanAdmission(self: AdmissionSelf, known: KnownMembers): AdmissionPolicy {
  return (members) =>
    idConflict(members, self) ??
    knownIdConflict(members, known) ??
    firstProblem(members, (member) => lanProblem(member, self));
}

/**
 * Keeps our servers out of a datacenter of real servers, which would add ours to their Raft. Clients of ours are
 * welcome there, and on the WAN the two may meet. Pure.
 */
export function mixedServersAdmission(self: Pick<AdmissionSelf, 'server' | 'datacenter'>): AdmissionPolicy {
  return (members) => {
    if (!self.server) return undefined;
    return firstProblem(members, (member) => {
      const { name, address, status } = member;
      const server = status === 'left' ? undefined : consulServerOf(member);
      if (server === undefined || server.datacenter !== self.datacenter || isHobnob(member.tags))
        return undefined;
      return `Member '${name}' at ${address.host} is a real Consul server of this datacenter: ${mixedServersHint}`;
    });
  };
}

/** Consul's rule for the WAN: servers only. Source: Consul agent/consul merge.go wanMergeDelegate. */
export const wanAdmission: AdmissionPolicy = (members) =>
  firstProblem(members, (member) =>
    consulServerOf(member) === undefined ? `Member '${member.name}' is not a server` : undefined,
  );

/** A member that has left does not count: its node id may belong to another one now. */
function idConflict(members: readonly AdmissionCandidate[], self: AdmissionSelf): string | undefined {
  const owners = new Map<string, string>();
  for (const member of members) {
    const id = (member.tags['id'] ?? '').toLowerCase();
    if (id === '' || member.status === 'left') continue;
    if (id === self.nodeId && member.name !== self.nodeName) {
      return `Member '${member.name}' has conflicting node ID '${id}' with this agent's ID`;
    }
    const owner = owners.get(id);
    // Consul before 0.8.5 gave every agent of one host the same id.
    const counts = !isBefore085(member.tags['build'] ?? '');
    if (owner !== undefined && counts) {
      return `Member '${member.name}' has conflicting node ID '${id}' with member '${owner}'`;
    }
    if (counts) owners.set(id, member.name);
  }
  return undefined;
}

/**
 * Whether a newcomer has the id of a known member. A member that is known already keeps its place: when two
 * got in with one id, both must still be able to refute a suspicion.
 */
function knownIdConflict(members: readonly AdmissionCandidate[], known: KnownMembers): string | undefined {
  for (const { name, tags, status } of members) {
    const id = (tags['id'] ?? '').toLowerCase();
    const counts = id !== '' && status !== 'left' && !isBefore085(tags['build'] ?? '');
    if (!counts || known.has(name)) continue;
    for (const owner of known.withId(id)) {
      if (owner.status === 'left' || isBefore085(owner.tags['build'] ?? '')) continue;
      return `Member '${name}' has conflicting node ID '${id}' with member '${owner.name}'`;
    }
  }
  return undefined;
}

function lanProblem(member: AdmissionCandidate, self: AdmissionSelf): string | undefined {
  const { name, tags } = member;
  if (member.status === 'left' && (tags['id'] ?? '') !== '') return undefined;
  const isConsul = tags['role'] === 'node' || tags['role'] === 'consul';
  if (isConsul && tags['dc'] !== self.datacenter)
    return `Member '${name}' part of wrong datacenter '${tags['dc'] ?? ''}'`;
  const segment = tags['segment'] ?? '';
  if (segment !== '') return `Member '${name}' part of wrong segment '${segment}' (expected '')`;
  return ownershipProblem(member, self);
}

function ownershipProblem(member: AdmissionCandidate, self: AdmissionSelf): string | undefined {
  const { name, address, tags, status } = member;
  const isUp = status === 'alive' || status === 'suspect';
  if (isUp && name === self.nodeName && address.host !== self.address && (tags['id'] ?? '') !== self.nodeId) {
    // Both sides give this reason, each about the other: it must be true whichever of them is the newcomer.
    return `the agents at ${self.address} and ${address.host} are both named '${name}': start the newcomer with another -node`;
  }
  return undefined;
}

function firstProblem(
  members: readonly AdmissionCandidate[],
  problemOf: (member: AdmissionCandidate) => string | undefined,
): string | undefined {
  for (const member of members) {
    const problem = problemOf(member);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function isBefore085(build: string): boolean {
  const [, major = 0, minor = 0, patch = 0] = (/^(\d+)\.(\d+)\.(\d+)/.exec(build) ?? []).map(Number);
  if (!/^\d+\.\d+\.\d+/.test(build)) return true;
  return major === 0 && (minor < 8 || (minor === 8 && patch < 5));
}
