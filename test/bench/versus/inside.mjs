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
  // The collection held the loop too, which the monitor learns a little later: a report speaks of the time since the
  // last one.
  setTimeout(() => {
    delays.reset();
    reports += 1;
    const heapMiB = (heapUsed + external) / 2 ** 20;
    process.stdout.write(`inside ${reports} ${JSON.stringify({ longestBlockMs, heapMiB })}\n`);
  }, 10 * resolutionMs);
});
