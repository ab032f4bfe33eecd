// Loaded into an agent of ours by `node --expose-gc --import`: on SIGUSR2 it prints what only the process itself knows.
import { monitorEventLoopDelay } from 'node:perf_hooks';

const resolutionMs = 5;
const delays = monitorEventLoopDelay({ resolution: resolutionMs });
delays.enable();
let reports = 0;

process.on('SIGUSR2', () => {
  const longestBlockMs = Math.max(0, delays.max / 1e6 - resolutionMs);
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  reports += 1;
  process.stdout.write(
    `inside ${reports} ${JSON.stringify({ longestBlockMs, heapMiB: (heapUsed + external) / 2 ** 20 })}\n`,
  );
  // The collection above held the loop too: a report speaks of the time since the last one.
  setImmediate(() => delays.reset());
});
