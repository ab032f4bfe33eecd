import type { Clock } from '@hobnob/gossip';
import { TailBuffer } from '../checks/output.ts';
import type { AgentLogger } from '../ports.ts';
import { argvOf, type Child, describeFailure, type GroupToStart } from '../programs/child.ts';
import type { WatchHandler } from './definition.ts';
import type { HandledView } from './handled-view.ts';
import { outputBytesMax, outputText } from './handler-output.ts';

/** What runs of scripts need of their surroundings. */
export interface ScriptPorts {
  readonly clock: Clock;
  /** Component `agent`. */
  readonly log: AgentLogger;
  /** SHELL of the environment. */
  readonly shell: string | undefined;
  startGroup(given: GroupToStart): Child;
}

/** How long a program may go on after SIGTERM when its watch ends; closing an agent waits no longer for one part. */
const graceMs = 2_000;

/**
 * Runs the program of a watch to its end and logs its output. When the signal aborts, its process group gets SIGTERM, and
 * SIGKILL when it has not ended by itself, or left programs behind. Never rejects for what the program does.
 * Source: Consul agent/watch_handler.go, makeWatchHandler.
 */
export async function runScript(
  handler: Exclude<WatchHandler, { readonly kind: 'http' }>,
  { index, body }: HandledView,
  { clock, log, shell, startGroup }: ScriptPorts,
  signal: AbortSignal,
): Promise<void> {
  const words = handler.kind === 'args' ? handler.args : [handler.script];
  const isScript = handler.kind === 'script' || words.length === 0;
  const output = new TailBuffer(outputBytesMax);
  const child = startGroup({
    argv: argvOf(words, isScript, shell),
    env: { CONSUL_INDEX: `${index}` },
    stdin: body,
    onOutput: (chunk) => output.write(chunk),
  });
  const stop = stopOnAbort(child, clock, signal);
  const end = await child.ended;
  stop.ended();
  const shown = handler.kind === 'args' ? handler.args : handler.script;
  const problem = end.type === 'not-started' ? end.problem : describeFailure(end);
  if (problem !== undefined && !signal.aborted) {
    log.error({ watch_handler: shown, error: problem }, 'Failed to run watch handler');
  }
  log.debug({ watch_handler: shown, output: outputText(output) }, 'watch handler output');
}

/** Ends the group of a program when the signal aborts; `ended` is to be called when the program itself has ended. */
function stopOnAbort(child: Child, clock: Clock, signal: AbortSignal): { ended(): void } {
  let cancel: (() => void) | undefined;
  const stop = (): void => {
    child.kill('SIGTERM');
    cancel = clock.wakeAt(clock.nowMs() + graceMs, () => child.kill('SIGKILL'));
  };
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  return {
    ended() {
      signal.removeEventListener('abort', stop);
      if (cancel === undefined) return;
      cancel();
      // The group may have members that do not listen to SIGTERM.
      child.kill('SIGKILL');
    },
  };
}
