import { type Kind, refuse } from '@hobnob/gossip/checks';
import { messageOf } from '@hobnob/gossip/files';

const allowed = 'an object of the HTTP API such as { Name: "web" }';

/** A service or check for the HTTP API, copied as the JSON that it is there; its fields are read with the configuration. */
export function registrationKind<T extends object>(): Kind<T> {
  return {
    allowed,
    read(value, place) {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        return refuse(place, value, allowed);
      }
      try {
        // What the fields hold is checked where their record is known.
        return JSON.parse(JSON.stringify(value)) as T;
      } catch (error) {
        place.problems.add(`${place.path} cannot be written as JSON: ${messageOf(error)}`);
        return undefined;
      }
    },
  };
}
