/**
 * Whether a history of concurrent operations is linearizable: whether each may have happened at one instant between its
 * call and its answer, so that all answers are those of one object that serves one operation after the other. Pure.
 * Sources: Herlihy and Wing 1990, "Linearizability"; Lowe 2017, "Testing for linearizability", just-in-time.
 */

/** The object that a history is held against. */
export interface Model<State, Input, Output> {
  readonly initial: State;
  /**
   * The states that the operation may leave behind when it is answered so; none when it cannot be answered so in this
   * state. With no output all states are meant that it may leave behind, whatever it would answer.
   */
  step(state: State, input: Input, output: Output | undefined): readonly State[];
  /** A text that states share exactly when no operation tells them apart. */
  keyOf(state: State): string;
}

/** One operation of a history. Times may be in any unit, and need only be comparable. */
export interface Operation<Input, Output> {
  readonly input: Input;
  /** Undefined when the outcome is unknown: it has happened or it has not. */
  readonly output: Output | undefined;
  readonly calledAt: number;
  /**
   * When it was answered. With an unknown outcome: from when on it cannot happen any more, and `Infinity` when it may
   * happen at any later time.
   */
  readonly returnedAt: number;
}

/** How much a check may cost before it answers `unknown`. */
export interface CheckLimits {
  /** Calls of the model's `step`. Default 2,000,000. */
  readonly stepsMax?: number;
  /** Situations that are kept at the same time: a state, and which open operations have happened. Default 200,000. */
  readonly situationsMax?: number;
}

/** What a check found. */
export type Verdict<State, Input, Output> =
  | { readonly kind: 'linearizable' }
  | {
      readonly kind: 'broken';
      /** The first operation, in the order of answers, that no order of the operations before it explains. */
      readonly operation: Operation<Input, Output>;
      /** Operations that were open when it was answered. */
      readonly open: readonly Operation<Input, Output>[];
      /** The states that were possible just before it was answered, at most ten. */
      readonly states: readonly State[];
    }
  | {
      /** A limit was reached. The operations that were answered before `operation` are linearizable. */
      readonly kind: 'unknown';
      readonly limit: 'steps' | 'situations';
      readonly operation: Operation<Input, Output>;
    };

interface Situation<State> {
  readonly state: State;
  /** One bit for each slot whose operation has happened and is not answered yet. */
  readonly happened: bigint;
}

type Limit = 'steps' | 'situations';

const statesTold = 10;

/**
 * Decides whether a history is linearizable. The cost grows with the operations that are open at the same time, not with the
 * length of the history.
 * @throws RangeError for an operation that is answered before it is called, or whose time is not a number.
 */
export function checkLinearizable<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  limits: CheckLimits = {},
): Verdict<State, Input, Output> {
  const search = new Search(model, limits);
  for (const { operation, isCall } of eventsOf(operations)) {
    if (isCall) {
      search.call(operation);
      continue;
    }
    const open = search.open(operation);
    const states = search.states();
    const limit = search.end(operation);
    if (limit !== undefined) return { kind: 'unknown', limit, operation };
    if (search.isStuck) return { kind: 'broken', operation, open, states };
  }
  return { kind: 'linearizable' };
}

/**
 * The same for a history of independent objects: operations with the same key are of one object, which begins in the
 * model's initial state. A history of independent objects is linearizable when that of each is, and far cheaper to check
 * so. Returns a verdict for each key, in the order in which the keys come first.
 * @throws RangeError as checkLinearizable.
 */
export function checkPartitions<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  partitionOf: (input: Input) => string,
  limits: CheckLimits = {},
): ReadonlyMap<string, Verdict<State, Input, Output>> {
  const partitions = new Map<string, Operation<Input, Output>[]>();
  for (const operation of operations) {
    const key = partitionOf(operation.input);
    const own = partitions.get(key);
    if (own === undefined) partitions.set(key, [operation]);
    else own.push(operation);
  }
  return new Map([...partitions].map(([key, own]) => [key, checkLinearizable(model, own, limits)]));
}

interface Event<Input, Output> {
  readonly at: number;
  readonly isCall: boolean;
  readonly operation: Operation<Input, Output>;
}

/** Calls and answers by time. Of the same instant calls come first: the operations then overlap. */
function eventsOf<Input, Output>(
  operations: readonly Operation<Input, Output>[],
): readonly Event<Input, Output>[] {
  const events: Event<Input, Output>[] = [];
  for (const operation of operations) {
    const { calledAt, returnedAt } = operation;
    if (!(calledAt <= returnedAt))
      throw new RangeError(`an operation cannot be called at ${calledAt} and answered at ${returnedAt}`);
    events.push({ at: calledAt, isCall: true, operation });
    if (returnedAt !== Number.POSITIVE_INFINITY) events.push({ at: returnedAt, isCall: false, operation });
    else if (operation.output !== undefined) throw new RangeError('an answered operation needs a time');
  }
  return events.sort((left, right) => left.at - right.at || Number(right.isCall) - Number(left.isCall));
}

/** All situations that explain the answers so far. */
class Search<State, Input, Output> {
  readonly #model: Model<State, Input, Output>;
  readonly #stepsMax: number;
  readonly #situationsMax: number;
  readonly #slots = new Map<Operation<Input, Output>, bigint>();
  /** Bits that no open operation has. */
  readonly #free: bigint[] = [];
  #situations: Map<string, Situation<State>>;
  #steps = 0;

  constructor(model: Model<State, Input, Output>, limits: CheckLimits) {
    this.#model = model;
    this.#stepsMax = limits.stepsMax ?? 2_000_000;
    this.#situationsMax = limits.situationsMax ?? 200_000;
    const first = { state: model.initial, happened: 0n };
    this.#situations = new Map([[this.#keyOf(first), first]]);
  }

  /** Whether no situation explains the answers. */
  get isStuck(): boolean {
    return this.#situations.size === 0;
  }

  open(except: Operation<Input, Output>): readonly Operation<Input, Output>[] {
    return [...this.#slots.keys()].filter((operation) => operation !== except);
  }

  /** Some of the possible states. */
  states(): readonly State[] {
    const states = new Map<string, State>();
    for (const { state } of this.#situations.values()) {
      if (states.size === statesTold) break;
      states.set(this.#model.keyOf(state), state);
    }
    return [...states.values()];
  }

  call(operation: Operation<Input, Output>): void {
    const bit = this.#free.pop() ?? 1n << BigInt(this.#slots.size);
    this.#slots.set(operation, bit);
  }

  /**
   * Keeps the situations in which the operation has happened, or can happen now as the last of some open ones. With an
   * unknown outcome, also those in which it has not and never will. Returns the limit that it reached.
   */
  end(operation: Operation<Input, Output>): Limit | undefined {
    const bit = this.#slots.get(operation) ?? 0n;
    const kept = new Map<string, Situation<State>>();
    const seen = new Set<string>();
    const waiting: Situation<State>[] = [];
    for (const [key, situation] of this.#situations) {
      if ((situation.happened & bit) !== 0n) this.#keep(kept, without(situation, bit));
      else {
        seen.add(key);
        waiting.push(situation);
        if (operation.output === undefined) this.#keep(kept, situation);
      }
    }
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      for (const [open, openBit] of this.#slots) {
        if ((next.happened & openBit) !== 0n) continue;
        if (this.#steps >= this.#stepsMax) return 'steps';
        this.#steps += 1;
        const unchanged = open.output === undefined ? this.#model.keyOf(next.state) : undefined;
        for (const state of this.#model.step(next.state, open.input, open.output)) {
          // What changes nothing, and whose answer nobody saw, need not have happened.
          if (unchanged !== undefined && this.#model.keyOf(state) === unchanged) continue;
          if (open === operation) this.#keep(kept, { state, happened: next.happened });
          else {
            const after = { state, happened: next.happened | openBit };
            const key = this.#keyOf(after);
            if (seen.has(key)) continue;
            seen.add(key);
            waiting.push(after);
          }
        }
        if (seen.size + kept.size > this.#situationsMax) return 'situations';
      }
    }
    this.#release(operation);
    this.#situations = kept;
    return undefined;
  }

  #release(operation: Operation<Input, Output>): bigint {
    const bit = this.#slots.get(operation) ?? 0n;
    this.#slots.delete(operation);
    this.#free.push(bit);
    return bit;
  }

  #keep(into: Map<string, Situation<State>>, situation: Situation<State>): void {
    into.set(this.#keyOf(situation), situation);
  }

  #keyOf({ state, happened }: Situation<State>): string {
    return `${happened.toString(36)} ${this.#model.keyOf(state)}`;
  }
}

function without<State>({ state, happened }: Situation<State>, bit: bigint): Situation<State> {
  return { state, happened: happened & ~bit };
}
