import { WireError } from '../../errors.ts';
import { type Coordinate, decodeCoordinate } from '../../wire/coordinate-codec.ts';
import type { SerfState } from '../state.ts';
import type { SerfInput } from '../types.ts';

/** Updates our coordinate from the one in an ack. Source: serf ping_delegate.go NotifyPingComplete. */
export function receiveAckCoordinate(
  state: SerfState,
  { name, rttMs, payload }: Extract<SerfInput, { readonly type: 'probe-answered' }>,
): void {
  const { coordinates, records } = state;
  if (coordinates === undefined || records.get(name) === undefined) return;
  const coordinate = readCoordinate(payload);
  if (coordinate === undefined) return;
  if (coordinate !== 'malformed' && coordinates.observe(name, coordinate, rttMs)) return;
  state.countDropped('coordinate');
  state.warn('rejected-coordinate', 'Rejected coordinate', {
    member: name,
    rttMs,
  });
}

/** Undefined for an ack without a coordinate or with one of another version: not every peer sends coordinates. */
function readCoordinate(payload: Uint8Array): Coordinate | 'malformed' | undefined {
  try {
    return decodeCoordinate(payload);
  } catch (error) {
    if (error instanceof WireError) return 'malformed';
    throw error;
  }
}
