import type { Call } from '../support/http-caller.ts';

/** A request of a case, and what of its answer later requests need. */
export interface Step extends Call {
  /** Path and query. Here and in a body, `$index` stands for the index that `keepIndex` kept. */
  readonly path: string;
  /** Places of the answer that are not compared in this step alone, such as `body/0/Output`. */
  readonly ignore?: readonly RegExp[];
  /** Sends the request again for up to 15 seconds until the answer passes, for what happens by itself. */
  readonly until?: (body: string, status: number) => boolean;
  /** Keeps the index of this answer, of each agent its own, as `$index` of later paths. */
  readonly keepIndex?: boolean;
  /**
   * Keeps the `ID` of this answer, of each agent its own: this name, such as `$lock`, stands for it in later paths and
   * bodies, and takes its place in answers.
   */
  readonly keepId?: string;
}

/** Requests to two fresh registries, one after the other. What a case registers, it removes. */
export interface Case {
  readonly name: string;
  readonly steps: readonly Step[];
}

export const get = (path: string, more: Omit<Step, 'method' | 'path'> = {}): Step => ({
  method: 'GET',
  path,
  ...more,
});
export const remove = (path: string): Step => ({ method: 'DELETE', path });
export const put = (path: string, body?: unknown, more: Omit<Step, 'method' | 'path' | 'body'> = {}): Step =>
  body === undefined ? { method: 'PUT', path, ...more } : { method: 'PUT', path, body, ...more };

/** A case of its own for each request; the name is the request. */
export const each = (steps: readonly Step[]): readonly Case[] =>
  steps.map((step) => ({ name: nameOf(step), steps: [step] }));

function nameOf({ method, path, body }: Step): string {
  const shown = body instanceof Uint8Array ? Buffer.from(body).toString('hex') : body;
  const text = body === undefined ? '' : ` ${typeof shown === 'string' ? shown : JSON.stringify(shown)}`;
  return `${method} ${path}${text}`.slice(0, 160);
}
