import type { Case, Step } from '../case.ts';
import { type AllowedDifference, compareAnswers, type Difference, type Indexes } from '../compare.ts';
import type { Answer } from '../http-call.ts';
import type { Subject } from '../run-case.ts';
import { IndexSteps } from './index-steps.ts';
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
  readonly reads: readonly StateRead[];
  readonly allowed: readonly AllowedDifference[];
  /** Brings both agents to the same state before the sequence. */
  readonly reset: (pair: Pair) => Promise<void>;
  /** Waits after each step until what follows from it has happened. */
  readonly settle?: (pair: Pair) => Promise<void>;
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
  const movement = new Movement();
  movement.compare(await look(pair, options.reads), options.allowed);
  for (const [position, step] of steps.entries()) {
    const { method, path } = step;
    const [theirs, ours] = await Promise.all([send(pair.theirs, step), send(pair.ours, step)]);
    const differences = compareAnswers(path, theirs, ours, { theirs: [], ours: [] });
    const answered = left(differences, path, options.allowed);
    if (answered.length > 0) return { step: position + 1, asked: `${method} ${path}`, differences: answered };
    if (method === 'GET') continue;
    await options.settle?.(pair);
    const parting = movement.compare(await look(pair, options.reads), options.allowed);
    if (parting !== undefined) return { step: position + 1, ...parting };
  }
  return undefined;
}

/** Compares the state after one step with that of the other agent, and which indexes the step moved. */
class Movement {
  readonly #theirs = new IndexSteps();
  readonly #ours = new IndexSteps();

  compare(seen: readonly Seen[], allowed: readonly AllowedDifference[]): Omit<Parting, 'step'> | undefined {
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
        ...this.#fieldDifferences(fields, header),
        ...this.#headerDifferences(read, header),
      ];
      if (found.length > 0) return { asked: `GET ${read.path}`, differences: found };
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
    if (index === 'ignored' || their === our || (index === 'at-least' && our > their)) return [];
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

function left(
  differences: readonly Difference[],
  path: string,
  allowed: readonly AllowedDifference[],
): readonly Difference[] {
  return differences.filter(({ at }) => !isAllowed(allowed, at, path));
}

/** Whether a rule for all cases allows a difference at this place of the answer to a request. */
export function isAllowed(allowed: readonly AllowedDifference[], at: string, path: string): boolean {
  return allowed.some(
    (rule) =>
      rule.cases === undefined &&
      rule.at.test(at) &&
      (rule.requests === undefined || rule.requests.test(path)),
  );
}

async function look(pair: Pair, reads: readonly StateRead[]): Promise<readonly Seen[]> {
  return Promise.all(
    reads.map(async (read) => {
      const step: Step = { method: 'GET', path: read.path };
      const [theirs, ours] = await Promise.all([send(pair.theirs, step), send(pair.ours, step)]);
      return { read, theirs, ours };
    }),
  );
}

async function send({ caller, host }: Subject, step: Step): Promise<Answer> {
  const answer = await caller.send(step);
  return { ...answer, body: answer.body.replaceAll(host, 'HOST') };
}

/** Requests as lines for a shell. */
export function asCurl(steps: Case['steps']): string {
  const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  return steps
    .map(({ method, path, body }) => {
      const data =
        body === undefined ? '' : ` -d ${quoted(typeof body === 'string' ? body : JSON.stringify(body))}`;
      return `curl -s -X ${method} ${quoted(`$CONSUL_HTTP_ADDR${path}`).replace("'$CONSUL_HTTP_ADDR", "$CONSUL_HTTP_ADDR'")}${data}`;
    })
    .join('\n');
}
