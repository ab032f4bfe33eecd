import type { UserEventRecord } from '@hobnob/catalog/records';
import type { ExpressionEngine } from '@hobnob/gossip';
import type { AgentLogger } from '../ports.ts';

/** What the filters of an event are held against. */
export interface EventTarget {
  readonly nodeName: string;
  /** The services of this agent by id; those of the catalog alone do not count. */
  readonly services: () => ReadonlyMap<string, TaggedService>;
}

/** The part of a service that filters see. */
export interface TaggedService {
  readonly Tags: readonly string[] | null;
}

export interface EventFilterParts {
  readonly expressions: ExpressionEngine;
  readonly target: EventTarget;
  /** Hears of filters that are no regular expressions. */
  readonly log: AgentLogger;
}

/**
 * Whether an event is for this agent: its node's name matches, and one of its services has an id that matches, with a
 * tag that matches. Yields after each text that was compared, so that long work can be interrupted: an expression takes
 * up to 10 ms for a text of 36 characters. Source: Consul agent/user_event.go shouldProcessUserEvent, where the filter
 * by service sees ids and no names.
 */
export function* matchEvent(
  event: UserEventRecord,
  { expressions, target, log }: EventFilterParts,
): Generator<undefined, boolean> {
  const { NodeFilter, ServiceFilter, TagFilter } = event;
  const isFaulty = (kind: string, filter: string): boolean => {
    const problem = filter === '' ? undefined : expressions.problem(filter);
    if (problem === undefined) return false;
    const fields = { filter, event: event.Name, error: problem };
    log.error(fields, `${kind} filter failed to compile for event`);
    return true;
  };
  if (isFaulty('node', NodeFilter)) return false;
  if (NodeFilter !== '' && !expressions.matches(NodeFilter, target.nodeName)) return false;
  yield;
  if (ServiceFilter === '') return true;
  if (isFaulty('service', ServiceFilter) || isFaulty('tag', TagFilter)) return false;
  for (const [id, { Tags }] of target.services()) {
    const isNamed = expressions.matches(ServiceFilter, id);
    yield;
    if (!isNamed) continue;
    if (TagFilter === '') return true;
    for (const tag of Tags ?? []) {
      if (expressions.matches(TagFilter, tag)) return true;
      yield;
    }
  }
  return false;
}
