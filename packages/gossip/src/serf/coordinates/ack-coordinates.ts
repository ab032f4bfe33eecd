import { WireError } from '../../errors.ts';
import { type Coordinate, decodeCoordinate } from '../../wire/coordinate-codec.ts';
import type { SerfState } from '../state.ts';
import type { SerfInput } from '../types.ts';

/** Takes in what an answered ping says about where a member is. Source: serf ping_delegate.go NotifyPingComplete. */
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
  state.warn('unusable-coordinate', 'ignoring a network coordinate that no member could have', {
    member: name,
    rttMs,
  });
}

/** An ack without a coordinate, or with one of another version, is fine: not every peer takes part. */
function readCoordinate(payload: Uint8Array): Coordinate | 'malformed' | undefined {
  try {
    return decodeCoordinate(payload);
  } catch (error) {
    if (error instanceof WireError) return 'malformed';
    throw error;
  }
}
