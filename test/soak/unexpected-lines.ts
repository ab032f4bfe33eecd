import type { Peer } from '../interop/peer.ts';
import { errorsIn } from '../interop/pools.ts';

/** Lines that real agents log while peers are killed and datagrams are lost. */
const tolerated: readonly { readonly line: RegExp; readonly because: string }[] = [
  { line: /UDP probes failed, network may be misconfigured/, because: 'that is the network under test' },
  { line: /Failed fallback TCP ping: .*connection refused/, because: 'the probed process was killed' },
  { line: /Push\/Pull with .* failed: .*connection refused/, because: 'the partner was killed' },
  {
    line: /connection reset by peer|broken pipe/,
    because: 'the process at the other end was killed meanwhile',
  },
  {
    line: /Failed fallback TCP ping: .*i\/o timeout/,
    because: 'a busy machine answers later than a probe waits',
  },
];

/** What a real agent reports that no kill and no lost datagram explains. */
export function unexpectedOfTheirs(peer: Peer): string[] {
  return errorsIn(peer).filter((line) => !tolerated.some((entry) => entry.line.test(line)));
}

/** What one of ours reports that must not happen in a pool of well-behaved members: errors and refused bytes. */
export function unexpectedOfOurs(peer: Peer): string[] {
  return peer.log().filter((line) => /^error |WIRE_|^\s+at |^\w*Error\b/.test(line));
}
