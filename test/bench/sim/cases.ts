import { type ChildProcess, fork } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { root } from '../../source-files.ts';
import { numberFlag, textFlag } from './report.ts';

/** A bench whose cases do not depend on one another. */
export interface Cases<Case, Result> {
  /** The bench's name, as `npm run bench` takes it. */
  readonly bench: string;
  /** JSON goes to the process that works on it, and JSON comes back. */
  readonly list: readonly Case[];
  readonly work: (one: Case) => Promise<Result>;
  /** Written to stderr when a case is done. */
  readonly describe: (one: Case, result: Result) => string;
}

const workerFlag = '--worker';

/**
 * Works on the cases in as many processes as there are cores (`--processes`), and resolves with their results in
 * the order of the list; in such a process itself, works on the cases it receives and resolves with undefined. With
 * `--keep FILE` results are kept there, and a run that was cut off goes on with what is missing.
 * @throws Error when a process ends before its case is done.
 */
export async function runCases<Case, Result>(
  args: readonly string[],
  cases: Cases<Case, Result>,
): Promise<readonly Result[] | undefined> {
  if (args.includes(workerFlag)) {
    await serve(cases.work);
    return undefined;
  }
  const { list, describe } = cases;
  const kept = new Kept<Case, Result>(textFlag(args, 'keep'));
  const results = list.map((one) => kept.resultOf(one));
  let next = 0;
  let doneCount = 0;
  const workThrough = async (): Promise<void> => {
    const worker = fork(join(root, '.ci', 'bench.mjs'), [cases.bench, workerFlag], { stdio: 'inherit' });
    try {
      for (let at = next++; at < list.length; at = next++) {
        const one = list[at] as Case;
        const result = results[at] ?? kept.keep(one, await ask<Case, Result>(worker, one));
        results[at] = result;
        doneCount += 1;
        process.stderr.write(`${doneCount} of ${list.length}: ${describe(one, result)}\n`);
      }
    } finally {
      worker.disconnect();
    }
  };
  const count = Math.min(list.length, numberFlag(args, 'processes', availableParallelism()));
  await Promise.all(Array.from({ length: count }, workThrough));
  return results as Result[];
}

/** Results of an earlier run, one JSON a line. */
class Kept<Case, Result> {
  readonly #path: string | undefined;
  readonly #results = new Map<string, Result>();

  constructor(path: string | undefined) {
    this.#path = path;
    if (path === undefined || !existsSync(path)) return;
    for (const line of readFileSync(path, 'utf8').trim().split('\n')) {
      const { one, result } = JSON.parse(line) as { readonly one: Case; readonly result: Result };
      this.#results.set(JSON.stringify(one), result);
    }
  }

  resultOf(one: Case): Result | undefined {
    return this.#results.get(JSON.stringify(one));
  }

  keep(one: Case, result: Result): Result {
    if (this.#path !== undefined) appendFileSync(this.#path, `${JSON.stringify({ one, result })}\n`);
    return result;
  }
}

function ask<Case, Result>(worker: ChildProcess, one: Case): Promise<Result> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void => reject(new Error(`a process ended with ${code}`));
    worker.once('exit', ended);
    worker.once('message', (answer) => {
      worker.off('exit', ended);
      resolve(answer as Result);
    });
    worker.send({ one });
  });
}

/** Works on one case after another until the parent process is gone. */
function serve<Case, Result>(work: (one: Case) => Promise<Result>): Promise<void> {
  return new Promise((resolve, reject) => {
    process.on('message', (message) => {
      work((message as { readonly one: Case }).one).then((result) => process.send?.(result), reject);
    });
    process.once('disconnect', resolve);
  });
}
