import type { Answer } from '../../support/http-caller.ts';
import type { Step } from '../case.ts';
import type { Subject } from '../run-case.ts';

/** A session that neither agent has made. */
export const noSession = '00000000-1111-2222-3333-444444444444';

/**
 * What the two agents name each in their own way: ids of sessions, and indexes of keys. A step says `$session1` for the
 * first session that the sequence made, and `$index:KEY` for the index that a key has.
 */
export class Names {
  readonly #sessions: string[] = [];

  /** The step as this agent understands it. */
  async speak({ caller }: Subject, step: Step): Promise<Step> {
    const own = (text: string) =>
      text.replace(/\$session(\d)/g, (_, at) => this.#sessions[Number(at) - 1] ?? noSession);
    const indexes = new Map<string, string>();
    const body = typeof step.body === 'object' ? JSON.stringify(step.body) : step.body;
    const asked = `${step.path} ${typeof body === 'string' ? body : ''}`;
    for (const [name, key = ''] of asked.matchAll(/\$index:([a-z/]+)/g)) {
      const answer = await caller.send({ method: 'GET', path: `/v1/kv/${key}` });
      // A key that is not there has no index; 7 is that of nothing.
      indexes.set(name, /"ModifyIndex":(\d+)/.exec(answer.body)?.[1] ?? '7');
    }
    const numbered = (text: string) =>
      own(text).replace(/"?(\$index:[a-z/]+)"?/g, (_, name) => indexes.get(name) ?? '7');
    return {
      ...step,
      path: numbered(step.path),
      ...(typeof body === 'string' ? { body: numbered(body) } : {}),
    };
  }

  /** The answer with what both agents would call it, without indexes in texts; flags exact to the last digit. */
  hear({ method, path }: Step, answer: Answer): Answer {
    if (method === 'PUT' && path.startsWith('/v1/session/create') && answer.status === 200) {
      const { ID } = JSON.parse(answer.body) as { readonly ID: string };
      this.#sessions.push(ID);
    }
    let { body } = answer;
    for (const [at, id] of this.#sessions.entries()) body = body.replaceAll(id, `session${at + 1}`);
    body = body.replace(/"Flags":( ?)(\d+)/g, '"Flags":$1"$2"');
    body = body.replace(/current modify index \d+ != \d+/g, 'current modify index N != N');
    body = body.replace(/(Conflicting flags: .*cas=)\d+/g, '$1N');
    // They are listed by their ids.
    if (/^\/v1\/session\/(list|node)/.test(path) && answer.status === 200) body = sorted(body);
    return { ...answer, body };
  }
}

function sorted(body: string): string {
  const rows = JSON.parse(body) as readonly { readonly ID: string }[];
  return JSON.stringify(rows.toSorted((left, right) => (left.ID < right.ID ? -1 : 1)));
}
