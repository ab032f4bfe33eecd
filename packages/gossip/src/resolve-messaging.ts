import type { GossipOptions } from './options.ts';
import type { UserEventConfig } from './serf/types.ts';

/** Collects what is wrong with options. */
export interface Problems {
  add(path: string, value: unknown, allowed: string): void;
}

/** setTimeout and the wire both hold more, but nobody waits longer than this on purpose. */
export const durationMsMax = 365 * 24 * 3600 * 1000;

/** How user events are sent and told, every default filled in. */
export interface ResolvedUserEvents extends UserEventConfig {
  readonly bytesMax: number;
}

/** Source: serf config.go UserEventSizeLimit. */
const eventBytesDefault = 512;
/** Source: serf serf.go UserEventSizeLimit, which no configuration may exceed. */
const eventBytesMax = 9216;
/** Five rounds of gossip on a LAN, within which an event reaches pools of a hundred members. */
const holdBackMsDefault = 1000;

/** Checks how user events are wanted. */
export function checkUserEvents(
  options: GossipOptions['userEvents'],
  problems: Problems,
): ResolvedUserEvents {
  const { order = 'arrival', holdBackMs = holdBackMsDefault, bytesMax = eventBytesDefault } = options ?? {};
  if (order !== 'arrival' && order !== 'lamport') {
    problems.add('userEvents.order', order, '"arrival" or "lamport"');
  }
  if (!(holdBackMs > 0 && holdBackMs <= durationMsMax)) {
    problems.add('userEvents.holdBackMs', holdBackMs, `a time above 0, up to ${durationMsMax}`);
  }
  if (!Number.isInteger(bytesMax) || bytesMax < 1 || bytesMax > eventBytesMax) {
    problems.add('userEvents.bytesMax', bytesMax, `1 to ${eventBytesMax}`);
  }
  const coalesce = checkCoalesce('userEvents.coalesce', options?.coalesce, problems);
  return { order, holdBackMs, bytesMax, coalesce };
}

/** Checks the two times of a group of events. */
export function checkCoalesce(
  path: string,
  coalesce: GossipOptions['coalesce'],
  problems: Problems,
): GossipOptions['coalesce'] {
  for (const [name, value] of Object.entries(coalesce ?? {})) {
    if (!(value >= 0 && value <= durationMsMax)) {
      problems.add(`${path}.${name}`, value, `0 to ${durationMsMax}`);
    }
  }
  return coalesce;
}
