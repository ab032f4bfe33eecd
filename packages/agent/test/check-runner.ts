import { silentLogger } from '@hobnob/gossip/runtime';
import { type CheckRunnerOptions, checkRunner } from '../src/checks/run-check.ts';
import { programRunner } from '../src/programs/run-program.ts';
import { startGroup } from '../src/programs/start-child.ts';

/** Runs checks as an agent does: real connections and programs, and nothing is logged. */
export function realCheckRunner(options: Partial<CheckRunnerOptions> = {}): ReturnType<typeof checkRunner> {
  return checkRunner({
    wallMs: Date.now,
    runProgram: programRunner(startGroup),
    log: silentLogger,
    ...options,
  });
}
