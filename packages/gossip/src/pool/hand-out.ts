import type { GossipEvent } from '../events.ts';
import type { Coordinate } from '../wire/coordinate-codec.ts';

/**
 * An event as listeners get it: frozen, and with a payload of their own. This node keeps the payload that came, passes
 * it on to members that join and recognises repeats by it, so no listener may write into that one.
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

/** A copy: this node goes on with its own. */
export function copyOfCoordinate(coordinate: Coordinate | undefined): Coordinate | undefined {
  return coordinate && { ...coordinate, vec: [...coordinate.vec] };
}
