import type { Versions } from '../../wire/swim-messages.ts';

/** Combinations of versions that are shared; there are a handful, and more only when a peer makes them up. */
const sharedVersionsMax = 64;

/** Whether six version bytes make sense. A member without them would make every push/pull fail (gossip.md 8.3). */
export function usableVersions(versions: Versions | undefined): versions is Versions {
  if (versions === undefined) return false;
  const { protocolMin, protocolMax } = versions;
  return protocolMin > 0 && protocolMax > 0 && protocolMin <= protocolMax;
}

export function sameVersions(a: Versions, b: Versions): boolean {
  return (
    a.protocolMin === b.protocolMin &&
    a.protocolMax === b.protocolMax &&
    a.protocolCur === b.protocolCur &&
    a.delegateMin === b.delegateMin &&
    a.delegateMax === b.delegateMax &&
    a.delegateCur === b.delegateCur
  );
}

/** One object for all members with the same versions, which in a large pool saves memory. */
export class SharedVersions {
  /** By all six numbers as one. */
  readonly #byKey = new Map<number, Versions>();

  /** The first object with these versions, or this one. */
  share(versions: Versions): Versions {
    const { protocolMin, protocolMax, protocolCur, delegateMin, delegateMax, delegateCur } = versions;
    const protocol = (((protocolMin << 8) | protocolMax) << 8) | protocolCur;
    const delegate = (((delegateMin << 8) | delegateMax) << 8) | delegateCur;
    const key = protocol * 0x1_000_000 + delegate;
    const known = this.#byKey.get(key);
    if (known === undefined && this.#byKey.size < sharedVersionsMax) this.#byKey.set(key, versions);
    return known ?? versions;
  }
}

/** A member or a candidate, with the versions that it announces. */
export interface VersionHolder {
  readonly name: string;
  readonly versions?: Versions;
}

/** A candidate that could not talk with the rest of the pool. */
export interface Incompatibility {
  readonly name: string;
  readonly reason: string;
}

/**
 * Finds the candidates whose current protocol versions lie outside the range that all the living understand.
 *
 * memberlist aborts the whole push/pull for one such entry, and counts a member without versions as
 * speaking version 0, which has split clusters for years. Here only the incompatible entries are left out. An entry
 * that could not talk with this member does not narrow the range: one that claims to need a newer protocol would
 * otherwise shut out all the others (gossip.md 2.14, 8.3). Source: memberlist state.go verifyProtocol.
 */
export function findIncompatible(
  candidates: readonly VersionHolder[],
  living: readonly VersionHolder[],
  ours: Versions,
): readonly Incompatibility[] {
  const { protocolMin, protocolMax, delegateMin, delegateMax } = ours;
  const range = { protocolMin, protocolMax, delegateMin, delegateMax };
  for (const { versions } of living) {
    if (!usableVersions(versions) || !understands(versions, ours) || !understands(ours, versions)) continue;
    range.protocolMin = Math.max(range.protocolMin, versions.protocolMin);
    range.protocolMax = Math.min(range.protocolMax, versions.protocolMax);
    range.delegateMin = Math.max(range.delegateMin, versions.delegateMin);
    range.delegateMax = Math.min(range.delegateMax, versions.delegateMax);
  }
  const found: Incompatibility[] = [];
  for (const { name, versions } of candidates) {
    if (!usableVersions(versions)) {
      found.push({ name, reason: 'it announces no usable protocol versions' });
      continue;
    }
    const { protocolCur, delegateCur } = versions;
    if (!understands(versions, ours)) {
      found.push({ name, reason: 'it does not understand the protocol versions that we speak' });
    } else if (!isWithin(protocolCur, range.protocolMin, range.protocolMax)) {
      found.push({ name, reason: outside('protocol', protocolCur, range.protocolMin, range.protocolMax) });
    } else if (!isWithin(delegateCur, range.delegateMin, range.delegateMax)) {
      found.push({
        name,
        reason: outside('delegate protocol', delegateCur, range.delegateMin, range.delegateMax),
      });
    }
  }
  return found;
}

function understands(listener: Versions, speaker: Versions): boolean {
  return (
    isWithin(speaker.protocolCur, listener.protocolMin, listener.protocolMax) &&
    isWithin(speaker.delegateCur, listener.delegateMin, listener.delegateMax)
  );
}

function isWithin(version: number, min: number, max: number): boolean {
  return version >= min && version <= max;
}

function outside(what: string, version: number, min: number, max: number): string {
  return `its ${what} version ${version} is outside [${min}, ${max}]`;
}
