import { setTimeout as delay } from 'node:timers/promises';
import { HttpCaller } from '../../support/http-caller.ts';
import { percentile99 } from './ratio.ts';

const everyMs = 10;

/** What the reads took, from when each was due. */
export interface ReadPauses {
  readonly longestMs: number;
  readonly p99Ms: number;
  readonly count: number;
}

/**
 * Reads a hundred times a second until `until` is settled, whether the reads before are answered or not.
 * @throws Error on an answer that is not 200.
 */
export async function readDuring(
  host: string,
  pathOf: (read: number) => string,
  until: Promise<unknown>,
): Promise<ReadPauses> {
  const caller = new HttpCaller(host, 8500, { connections: 64, timeoutMs: 60_000 });
  try {
    const elapsedMs: number[] = [];
    let isOver = false;
    const end = until.finally(() => {
      isOver = true;
    });
    const reads: Promise<void>[] = [];
    const startedAtMs = performance.now();
    while (!isOver) {
      const dueAtMs = startedAtMs + reads.length * everyMs;
      if (dueAtMs > performance.now()) await delay(dueAtMs - performance.now());
      const path = pathOf(reads.length);
      reads.push(
        caller.send({ method: 'GET', path }).then(({ status, body }) => {
          if (status !== 200) throw new Error(`GET ${path}: ${status} ${body}`);
          elapsedMs.push(performance.now() - dueAtMs);
        }),
      );
    }
    await Promise.all([end, ...reads]);
    return { longestMs: Math.max(...elapsedMs), p99Ms: percentile99(elapsedMs), count: elapsedMs.length };
  } finally {
    caller.close();
  }
}
