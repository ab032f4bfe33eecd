import type { Versions } from '../wire/swim-messages.ts';
import { usableVersions } from './merge.ts';

/** Whose versions are asked about. */
export interface VersionHolder {
  readonly name: string;
  readonly versions?: Versions;
}

/** The names that could not talk with the rest. */
export interface Incompatibility {
  readonly name: string;
  readonly reason: string;
}

/**
 * Finds the candidates whose current protocol versions lie outside the range that all the living understand.
 *
 * memberlist aborts the whole exchange for one such entry, and counts a member without versions as
 * speaking version 0, which has split clusters for years. We leave out just the offenders, by name. Who
 * could not talk with us is an offender and bounds nothing: one member that claims to need a newer protocol
 * would otherwise shut out all the others (gossip.md 2.14, 8.3). Source: memberlist state.go verifyProtocol.
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
