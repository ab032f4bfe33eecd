import type { Clock } from '@hobnob/gossip';

/** setTimeout holds 31 bits; a longer wait is made of several. */
const timeoutMsMax = 2 ** 31 - 1;

/** Monotonic time of this process; a pending wake keeps the process alive. */
export function systemClock(): Clock {
  const nowMs = (): number => performance.now();
  return {
    nowMs,
    wakeAt(deadlineMs, wake) {
      let timer: NodeJS.Timeout;
      const arm = (): void => {
        const waitMs = Math.max(0, deadlineMs - nowMs());
        timer = setTimeout(waitMs > timeoutMsMax ? arm : wake, Math.min(waitMs, timeoutMsMax));
      };
      arm();
      return () => clearTimeout(timer);
    },
  };
}
