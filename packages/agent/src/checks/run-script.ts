import type { Logger } from '@hobnob/gossip';
import { decodeText } from '@hobnob/gossip/codec';
import { formatGoDuration } from '../config/go-duration.ts';
import type { RunOutcome, RunProgram } from '../programs/run-program.ts';
import type { ScriptCheck } from './kinds.ts';
import { capturedText } from './output.ts';
import { type CheckStatus, isTimeout, type RunResult } from './result.ts';

/** What script checks share. */
export interface ScriptRunnerOptions {
  readonly runProgram: RunProgram;
  /** Component `agent`. */
  readonly log: Logger;
}

/**
 * Runs a script check once: its program without a shell, as the leader of a process group, which is killed when the signal
 * aborts. Never rejects for what the program does. Source: Consul checks.CheckMonitor.
 * @param signal ends the run; when it is the check's timeout, the result says so.
 */
export async function runScript(
  check: ScriptCheck,
  { runProgram, log }: ScriptRunnerOptions,
  signal: AbortSignal,
): Promise<RunResult> {
  const { id, args, outputBytesMax } = check;
  const run = runProgram({ argv: args, outputBytesMax }, signal);
  const outcome = await run.outcome;
  const { end } = outcome;
  if (end.type === 'not-started') {
    log.error({ check: id, error: end.problem }, 'Check failed to invoke');
    return { status: 'critical', output: end.problem, skipsThresholds: true };
  }
  const output = textOf(outcome);
  log.trace({ check: id, output }, 'Check output');
  if (end.type !== 'stopped') return { status: statusOf(end), output };
  const timeout = formatGoDuration(check.timeoutMs);
  if (isTimeout(signal)) {
    if (end.problem !== undefined) {
      log.warn({ check: id, error: end.problem }, 'Check failed to kill after timeout');
    }
    log.warn({ check: id, timeout }, 'Timed out running check');
  }
  return {
    status: 'critical',
    output: `Timed out (${timeout}) running check${output === '' ? '' : `\n\n${output}`}`,
    skipsThresholds: true,
    ended: run.gone,
  };
}

/** A program that a signal ends has no exit code, which is no 1 either. */
function statusOf(
  end: Exclude<RunOutcome['end'], { readonly type: 'not-started' | 'stopped' }>,
): CheckStatus {
  if (end.type === 'killed') return 'critical';
  if (end.code === 0) return 'passing';
  return end.code === 1 ? 'warning' : 'critical';
}

function textOf({ output, outputBytes }: RunOutcome): string {
  return capturedText(decodeText(output), output.length, outputBytes);
}
