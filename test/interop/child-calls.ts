import type { PeerProcess } from './peer-process.ts';

/** What a child prints for each call. */
interface ChildAnswer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

/** Calls a method of a child process; rejects with what the child says went wrong. */
export type ChildCall = (method: string, ...args: readonly unknown[]) => Promise<unknown>;

/**
 * Calls over a child's standard streams, one JSON a line: `{"id":1,"method":"join","args":[...]}` is answered by
 * `{"id":1,"result":...}` or `{"id":1,"error":"..."}` somewhere among its log lines.
 */
export function callsOf(child: PeerProcess): ChildCall {
  let lastId = 0;
  return async (method, ...args) => {
    lastId += 1;
    const id = lastId;
    child.writeLine(JSON.stringify({ id, method, args }));
    const line = await child.waitForLine(new RegExp(`^\\{"id":${id},`), 30_000);
    const answer: ChildAnswer = JSON.parse(line);
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.result;
  };
}

/** What a child logged, without its answers. */
export function logOf(child: PeerProcess): readonly string[] {
  return child.lines.filter((line) => !line.startsWith('{"id":'));
}
