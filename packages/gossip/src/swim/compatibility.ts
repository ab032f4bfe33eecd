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
 * speaking version 0, which has split clusters for years. We leave out just the offenders, by name, and
 * let entries without usable versions bound nothing (spec 2.14, 8.3). Source: memberlist state.go verifyProtocol.
 */
export function findIncompatible(
  candidates: readonly VersionHolder[],
  living: readonly VersionHolder[],
): readonly Incompatibility[] {
  const range = { protocolMin: 0, protocolMax: 255, delegateMin: 0, delegateMax: 255 };
  for (const { versions } of living) {
    if (!usableVersions(versions)) continue;
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
    if (protocolCur < range.protocolMin || protocolCur > range.protocolMax) {
      found.push({ name, reason: outside('protocol', protocolCur, range.protocolMin, range.protocolMax) });
    } else if (delegateCur < range.delegateMin || delegateCur > range.delegateMax) {
      found.push({
        name,
        reason: outside('delegate protocol', delegateCur, range.delegateMin, range.delegateMax),
      });
    }
  }
  return found;
}

function outside(what: string, version: number, min: number, max: number): string {
  return `its ${what} version ${version} is outside [${min}, ${max}]`;
}
