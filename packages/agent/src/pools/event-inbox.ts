import type { UserEventRecord } from '@hobnob/catalog/records';
import type { Clock, ExpressionEngine } from '@hobnob/gossip';
import type { AgentLogger } from '../ports.ts';
import { type EventTarget, matchEvent } from './event-filter.ts';

/** Events that wait until the engine of regular expressions is loaded, or for those before them; more is a flood. */
const waitingMax = 256;
/** How long events are matched at a stretch; other work of the process, pings for one, comes in between. */
const turnMs = 10;
/** A thousand services take 10 ms with the expressions in use; only one made to be slow takes so long. */
const matchingMaxMs = 1_000;

export interface EventInboxParts {
  readonly clock: Clock;
  readonly target: EventTarget;
  /** Component `agent`. */
  readonly log: AgentLogger;
  readonly loadExpressions: () => Promise<ExpressionEngine>;
  /** Gets the events that are for this agent, in the order of their arrival. */
  readonly keep: (event: UserEventRecord) => void;
}

/** The events that have arrived and whose filters are still to be matched: one after the other, in turns. */
export class EventInbox {
  readonly #parts: EventInboxParts;
  readonly #waiting: UserEventRecord[] = [];
  /** The first of the waiting ones, begun. */
  #matching: { readonly steps: Generator<undefined, boolean>; spentMs: number } | undefined;
  #expressions: ExpressionEngine | undefined;
  #cancelTurn: (() => void) | undefined;
  /** Events dropped because too many waited, since that was last logged. */
  #droppedCount = 0;

  constructor(parts: EventInboxParts) {
    this.#parts = parts;
  }

  /** Takes an event; without filters and others before it, it is kept at once. */
  add(event: UserEventRecord): void {
    const { NodeFilter, ServiceFilter } = event;
    if (this.#waiting.length === 0 && NodeFilter + ServiceFilter === '') {
      this.#parts.keep(event);
      return;
    }
    if (this.#waiting.length >= waitingMax) {
      this.#droppedCount += 1;
      return;
    }
    this.#waiting.push(event);
    if (this.#waiting.length === 1) this.#begin();
  }

  /** Drops what waits, and what comes later waits for nothing. */
  close(): void {
    this.#cancelTurn?.();
    this.#drop();
  }

  #begin(): void {
    if (this.#expressions !== undefined) {
      this.#turn(this.#expressions);
      return;
    }
    this.#parts.loadExpressions().then(
      (engine) => {
        this.#expressions = engine;
        this.#turn(engine);
      },
      (error: unknown) => {
        this.#drop();
        const message = 'events with filters dropped: the engine of regular expressions failed to load';
        this.#parts.log.error({ err: error }, message);
      },
    );
  }

  /** Matches events until there are none or the turn is over; then the next turn is asked for. */
  #turn(expressions: ExpressionEngine): void {
    const { clock } = this.#parts;
    const endMs = clock.nowMs() + turnMs;
    while (this.#waiting.length > 0) {
      if (clock.nowMs() >= endMs) {
        this.#cancelTurn = clock.wakeAt(clock.nowMs(), () => this.#turn(expressions));
        return;
      }
      this.#matchFirst(expressions, endMs);
    }
    if (this.#droppedCount === 0) return;
    this.#parts.log.warn(
      { dropped: this.#droppedCount },
      'events dropped: too many waited for their filters',
    );
    this.#droppedCount = 0;
  }

  /** Goes on with the first event until it is decided or the time has come. */
  #matchFirst(expressions: ExpressionEngine, endMs: number): void {
    const { clock, target, log, keep } = this.#parts;
    const [event] = this.#waiting;
    if (event === undefined) return;
    this.#matching ??= { steps: matchEvent(event, { expressions, target, log }), spentMs: 0 };
    const startMs = clock.nowMs();
    let step = this.#matching.steps.next();
    while (step.done !== true && clock.nowMs() < endMs) step = this.#matching.steps.next();
    this.#matching.spentMs += clock.nowMs() - startMs;
    const isTooSlow = step.done !== true && this.#matching.spentMs >= matchingMaxMs;
    if (step.done !== true && !isTooSlow) return;
    this.#waiting.shift();
    this.#matching = undefined;
    if (isTooSlow) {
      const { ServiceFilter: filter, Name } = event;
      log.error({ filter, event: Name }, 'event dropped: its filters take too long');
    } else if (step.value === true) keep(event);
  }

  #drop(): void {
    this.#waiting.splice(0);
    this.#matching = undefined;
  }
}
