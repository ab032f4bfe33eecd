import type { Clock } from '@hobnob/gossip';
import type { AgentLogger } from '../ports.ts';

/** Something that was opened. */
export interface Opened {
  /** For the log. */
  readonly what: string;
  close(): Promise<void>;
}

/** How long one resource may take to close; the next one does not wait longer for it. */
const stepDeadlineMs = 3_000;

/** Closes what was opened, the last first. A step that fails or hangs is logged, and the rest still goes. */
export async function releaseInReverse(
  opened: readonly Opened[],
  { clock, logger }: { readonly clock: Clock; readonly logger: AgentLogger },
): Promise<void> {
  for (const { what, close } of [...opened].reverse()) {
    try {
      if (!(await finishesWithin(close(), stepDeadlineMs, clock))) {
        logger.warn({ what, deadline_ms: stepDeadlineMs }, 'Close timed out, continuing');
      }
    } catch (error) {
      logger.error({ what, err: error }, 'Close failed');
    }
  }
}

/** Whether `work` ended in time; its rejection is passed on only then. */
export function finishesWithin(work: Promise<unknown>, deadlineMs: number, clock: Clock): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const cancel = clock.wakeAt(clock.nowMs() + deadlineMs, () => resolve(false));
    work.then(
      () => {
        cancel();
        resolve(true);
      },
      (error: unknown) => {
        cancel();
        reject(error);
      },
    );
  });
}
