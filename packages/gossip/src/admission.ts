import type { AdmissionCandidate, AdmissionPolicy } from './options.ts';
import type { SwimCandidate, SwimConfig } from './swim/types.ts';
import { decodeTags } from './wire/tags.ts';
import { WireError } from './wire-error.ts';

/** An admission policy speaks of tags; the failure detector only knows opaque meta. The policy must not throw. */
export function refusalBy(admission: AdmissionPolicy | undefined): SwimConfig['refuse'] {
  if (admission === undefined) return () => undefined;
  return (candidates) => admission(candidates.map(describeCandidate));
}

/**
 * A candidate with its tags read. Tags that cannot be read count as none, as they do for the members' list. A frozen
 * copy: what a policy writes into it could become what this node believes.
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
