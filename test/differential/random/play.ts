import type { Answer } from '../../support/http-caller.ts';
import type { Step } from '../case.ts';
import { type AllowedDifference, compareAnswers, type Difference, type Indexes } from '../compare.ts';
import type { Subject } from '../run-case.ts';
import { IndexSteps } from './index-steps.ts';
import { Names } from './names.ts';
import type { StateRead } from './reads.ts';

/** The two agents, and what is known of them. */
export interface Pair {
  readonly theirs: Subject;
  readonly ours: Subject;
}

/** Where two agents part: the step, counted from one, and what was asked after it. */
export interface Parting {
  readonly step: number;
  readonly asked: string;
  readonly differences: readonly Difference[];
}

export interface PlayOptions {
  /** The state is looked at after the last step alone, and when this has resolved. Default: after each step. */
  readonly settle?: (pair: Pair) => Promise<void>;
  readonly reads: readonly StateRead[];
  readonly allowed: readonly AllowedDifference[];
  /** Brings both agents to the same state before the sequence. */
  readonly reset: (pair: Pair) => Promise<void>;
}

interface Seen {
  readonly read: StateRead;
  readonly theirs: Answer;
  readonly ours: Answer;
}

/** Sends a sequence to both agents and compares all that can be asked after each step. Ends at the first difference. */
export async function play(
  pair: Pair,
  steps: readonly Step[],
  options: PlayOptions,
): Promise<Parting | undefined> {
  await options.reset(pair);
  const named: NamedPair = { theirs: new NamedSubject(pair.theirs), ours: new NamedSubject(pair.ours) };
  const movement = new Movement();
  await movement.lookAt(named, options);
  for (const [position, step] of steps.entries()) {
    const { method, path } = step;
    const [theirs, ours] = await Promise.all([named.theirs.send(step), named.ours.send(step)]);
    const differences = compareAnswers(path, theirs, ours, { theirs: [], ours: [] });
    const answered = left(differences, path, options.allowed);
    if (answered.length > 0) return { step: position + 1, asked: `${method} ${path}`, differences: answered };
    const isLast = position === steps.length - 1;
    if (options.settle === undefined ? method === 'GET' : !isLast) continue;
    await options.settle?.(pair);
    const parting = await movement.lookAt(named, options);
    if (parting !== undefined) return { step: position + 1, ...parting };
  }
  return undefined;
}

const eventualMs = 2_000;
const pauseMs = 25;

/** Compares the state after one step with that of the other agent, and which indexes the step moved. */
class Movement {
  readonly #theirs = new IndexSteps();
  readonly #ours = new IndexSteps();

  /** Looks until both agree, or for a while where they may do so later. */
  async lookAt(pair: NamedPair, { reads, allowed }: PlayOptions): Promise<Omit<Parting, 'step'> | undefined> {
    const endMs = performance.now() + eventualMs;
    for (;;) {
      const found = this.#compare(await look(pair, reads), allowed);
      if (found === undefined) return undefined;
      const { read, differences } = found;
      if (read.index !== 'eventual' || performance.now() >= endMs) {
        return { asked: `GET ${read.path}`, differences };
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  #compare(
    seen: readonly Seen[],
    allowed: readonly AllowedDifference[],
  ): { readonly read: StateRead; readonly differences: readonly Difference[] } | undefined {
    const pairs = seen.map(({ read, theirs, ours }) => {
      const fields: { theirs: Indexes; ours: Indexes } = { theirs: [], ours: [] };
      const differences = compareAnswers(read.path, theirs, ours, fields);
      return { read, differences, fields, theirs: headerIndex(theirs), ours: headerIndex(ours) };
    });
    this.#theirs.end(pairs.flatMap(({ fields }) => fields.theirs));
    this.#ours.end(pairs.flatMap(({ fields }) => fields.ours));
    for (const { read, differences, fields, ...header } of pairs) {
      const found = [
        ...left(differences, read.path, allowed),
        ...(read.index === 'eventual' ? [] : this.#fieldDifferences(fields, header)),
        ...this.#headerDifferences(read, header),
      ];
      if (found.length > 0) return { read, differences: found };
    }
    return undefined;
  }

  /** Indexes in the body are alike; the header's own, which stands among them, follows the rule of the question. */
  #fieldDifferences(
    fields: { readonly theirs: Indexes; readonly ours: Indexes },
    header: { readonly theirs: number; readonly ours: number },
  ): readonly Difference[] {
    return fields.theirs.flatMap((their, at) => {
      const our = fields.ours[at] ?? 0;
      if (at === 0 && their === header.theirs && our === header.ours) return [];
      return this.#theirs.of(their) === this.#ours.of(our)
        ? []
        : [this.#describe('index in the body', their, our)];
    });
  }

  #headerDifferences(
    { index }: StateRead,
    { theirs, ours }: { readonly theirs: number; readonly ours: number },
  ): readonly Difference[] {
    const [their, our] = [this.#theirs.of(theirs), this.#ours.of(ours)];
    if (index === 'ignored' || index === 'eventual' || their === our || (index === 'at-least' && our > their))
      return [];
    return [this.#describe('header X-Consul-Index', theirs, ours)];
  }

  #describe(at: string, their: number, our: number): Difference {
    return {
      at,
      theirs: `${their}, of step ${this.#theirs.of(their)}`,
      ours: `${our}, of step ${this.#ours.of(our)}`,
    };
  }
}

function headerIndex({ headers }: Answer): number {
  return Number(headers.get('X-Consul-Index') ?? 0);
}

/** The differences that no rule for all cases allows. */
export function left(
  differences: readonly Difference[],
  path: string,
  allowed: readonly AllowedDifference[],
): readonly Difference[] {
  const rules = allowed.filter(
    ({ cases, requests }) => cases === undefined && requests?.test(path) !== false,
  );
  return differences.filter(({ at }) => !rules.some((rule) => rule.at.test(at)));
}

async function look(pair: NamedPair, reads: readonly StateRead[]): Promise<readonly Seen[]> {
  return Promise.all(
    reads.map(async (read) => {
      const step: Step = { method: 'GET', path: read.path };
      const [theirs, ours] = await Promise.all([pair.theirs.send(step), pair.ours.send(step)]);
      return { read, theirs, ours };
    }),
  );
}

/** Two agents during one sequence. */
interface NamedPair {
  readonly theirs: NamedSubject;
  readonly ours: NamedSubject;
}

/** An agent during one sequence, with the names that it has given to what the sequence made. */
class NamedSubject {
  readonly #subject: Subject;
  readonly #names = new Names();

  constructor(subject: Subject) {
    this.#subject = subject;
  }

  async send(step: Step): Promise<Answer> {
    const { caller, host } = this.#subject;
    const answer = this.#names.hear(step, await caller.send(await this.#names.speak(this.#subject, step)));
    return { ...answer, body: answer.body.replaceAll(host, 'HOST') };
  }
}
