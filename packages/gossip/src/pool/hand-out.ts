import type { GossipEvent } from '../events.ts';
import type { Coordinate } from '../wire/coordinate-codec.ts';

/**
 * An event as listeners receive it: frozen, and with a copy of its payload. The gossip needs the original for members that
 * join and to recognise repeats, so listeners must not be able to write into it.
 */
export function handOut(event: GossipEvent): GossipEvent {
  switch (event.type) {
    case 'user-event':
    case 'query':
      return Object.freeze({ ...event, payload: Uint8Array.from(event.payload) });
    case 'member-conflict':
      return Object.freeze({
        ...event,
        existing: Object.freeze({ ...event.existing }),
        claimed: Object.freeze({ ...event.claimed }),
      });
    case 'conflict-vote':
      return Object.freeze(event);
    default:
      Object.freeze(event.members);
      return Object.freeze(event);
  }
}

/** A copy of a coordinate, which the caller may change. */
export function copyOfCoordinate(coordinate: Coordinate | undefined): Coordinate | undefined {
  return coordinate && { ...coordinate, vec: [...coordinate.vec] };
}
