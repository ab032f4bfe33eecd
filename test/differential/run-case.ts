import type { Answer, HttpCaller } from '../support/http-caller.ts';
import type { Case, Step } from './case.ts';
import { type AllowedDifference, compareAnswers, compareIndexes, type Difference } from './compare.ts';

/** One of the two agents that get the same requests. */
export interface Subject {
  readonly caller: HttpCaller;
  /** Its address, which is replaced by `HOST` in answers. */
  readonly host: string;
}

/** A difference of a case, with the request that showed it. */
export interface Finding extends Difference {
  readonly request: string;
  /** Why it is allowed; undefined when it is not. */
  readonly reason: string | undefined;
}

/** A batch of coordinates is entered five seconds after its first one. */
const untilMs = 15_000;
const pauseMs = 25;

/** Sends every request of a case to both agents and compares what they answer. */
export async function runCase(
  { name, steps }: Case,
  theirs: Subject,
  ours: Subject,
  allowed: readonly AllowedDifference[],
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const indexes = { theirs: [] as number[], ours: [] as number[] };
  const [before, beforeOurs] = await Promise.all([newestIndex(theirs), newestIndex(ours)]);
  const kept = { theirs: new Map([['$index', '0']]), ours: new Map([['$index', '0']]) };
  const reasonOf = (at: string, path = ''): string | undefined =>
    allowed.find(
      (one) =>
        one.at.test(at) &&
        (one.cases === undefined || name.startsWith(one.cases)) &&
        (one.requests === undefined || one.requests.test(path)),
    )?.reason;
  for (const step of steps) {
    const [a, b] = await Promise.all([ask(theirs, step, kept.theirs), ask(ours, step, kept.ours)]);
    if (step.keepIndex === true) {
      kept.theirs.set('$index', a.headers.get('X-Consul-Index') ?? '0');
      kept.ours.set('$index', b.headers.get('X-Consul-Index') ?? '0');
    }
    const request = `${step.method} ${step.path}`;
    for (const difference of compareAnswers(step.path, a, b, indexes)) {
      if (step.ignore?.some((pattern) => pattern.test(difference.at))) continue;
      findings.push({ ...difference, request, reason: reasonOf(difference.at, step.path) });
    }
    const waited = [a, b].map(({ elapsedMs }) => (elapsedMs > 250 ? 'waits' : 'answers at once'));
    if (step.path.includes('index=') && waited[0] !== waited[1]) {
      findings.push({
        request,
        at: 'time',
        theirs: waited[0] ?? '',
        ours: waited[1] ?? '',
        reason: reasonOf('time', step.path),
      });
    }
  }
  for (const difference of compareIndexes(indexes.theirs, indexes.ours, {
    theirs: before,
    ours: beforeOurs,
  })) {
    findings.push({ ...difference, request: 'the whole case', reason: reasonOf(difference.at) });
  }
  return findings;
}

/** The newest index that anything in the catalog has. */
async function newestIndex({ caller }: Subject): Promise<number> {
  const paths = [
    '/v1/catalog/nodes',
    '/v1/catalog/services',
    '/v1/health/state/any',
    '/v1/coordinate/nodes',
    '/v1/kv/?keys',
    '/v1/session/list',
  ];
  const answers = await Promise.all(paths.map((path) => caller.send({ method: 'GET', path })));
  return Math.max(...answers.map(({ headers }) => Number(headers.get('X-Consul-Index') ?? 0)));
}

/** Names of what an agent chose, and its choices. */
type Kept = Map<string, string>;

async function ask(subject: Subject, step: Step, kept: Kept): Promise<Answer> {
  const { caller, host } = subject;
  const { method, headers, until, keepId, asksFirst = false } = step;
  const call = {
    method,
    path: withChoices(step.path, kept),
    body: bodyWithChoices(step.body, kept),
    asksFirst,
    ...(headers === undefined ? {} : { headers }),
  };
  const deadlineMs = performance.now() + untilMs;
  for (;;) {
    const answer = await caller.send(call);
    if (until === undefined || until(answer.body, answer.status) || performance.now() > deadlineMs) {
      if (keepId !== undefined) kept.set(keepId, idOf(answer.body));
      return { ...answer, body: withNames(answer.body.replaceAll(host, 'HOST'), kept) };
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

function withChoices(text: string, kept: Kept): string {
  let filled = text;
  for (const [name, choice] of kept) filled = filled.replaceAll(name, choice);
  return filled;
}

function bodyWithChoices(body: unknown, kept: Kept): unknown {
  if (body === undefined || body instanceof Uint8Array) return body;
  return withChoices(typeof body === 'string' ? body : JSON.stringify(body), kept);
}

/** Indexes stay: a number of one may be anything else elsewhere. */
function withNames(text: string, kept: Kept): string {
  let named = text;
  for (const [name, choice] of kept) {
    if (name !== '$index' && choice !== '') named = named.replaceAll(choice, name);
  }
  return named;
}

/** '' of an answer that has none, which the comparison shows. */
function idOf(body: string): string {
  return /"ID": ?"([^"]+)"/.exec(body)?.[1] ?? '';
}
