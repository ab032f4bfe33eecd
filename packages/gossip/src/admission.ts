import type { AdmissionCandidate, AdmissionPolicy } from './options/options.ts';
import type { SwimCandidate, SwimConfig } from './swim/types.ts';
import { decodeTags } from './wire/tags.ts';
import { WireError } from './wire-error.ts';

/** Adapts an admission policy, which knows tags, to the failure detector, which knows encoded meta. It must not throw. */
export function refusalBy(admission: AdmissionPolicy | undefined): SwimConfig['refusalOf'] {
  if (admission === undefined) return () => undefined;
  return (candidates) => admission(candidates.map(describeCandidate));
}

/**
 * A candidate with its tags decoded. Tags that cannot be decoded count as none, as in the list of members. The result is
 * a frozen copy, so that a policy cannot change this member's state.
 */
export function describeCandidate({
  name,
  address,
  meta,
  versions,
  state,
}: SwimCandidate): AdmissionCandidate {
  return Object.freeze({
    name,
    address: Object.freeze({ ...address }),
    tags: Object.freeze(readTags(meta)),
    versions: Object.freeze({ ...versions }),
    status: state,
  });
}

function readTags(meta: Uint8Array): Readonly<Record<string, string>> {
  try {
    return decodeTags(meta);
  } catch (error) {
    if (error instanceof WireError) return {};
    throw error;
  }
}
