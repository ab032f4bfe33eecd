// Loaded into an agent of ours by `node --expose-gc --import`: on SIGUSR2 it prints what only the process itself knows.
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const resolutionMs = 5;
const delays = monitorEventLoopDelay({ resolution: resolutionMs });
delays.enable();
let reports = 0;

// Other processes of the machine lengthen a delay, but not the processor time of the thread that holds the loop. The main
// thread has the id of its process, and the first number of the file is its time in ns. Source: Linux, sched-stats.
const threadFile = `/proc/self/task/${process.pid}/schedstat`;
const threadCpuMs = () => Number.parseInt(readFileSync(threadFile, 'latin1'), 10) / 1e6;
let longestHoldCpuMs = 0;
let lastCpuMs = threadCpuMs();
setInterval(() => {
  const cpuMs = threadCpuMs();
  longestHoldCpuMs = Math.max(longestHoldCpuMs, cpuMs - lastCpuMs);
  lastCpuMs = cpuMs;
}, 2).unref();

process.on('SIGUSR2', () => {
  const longestBlockMs = Math.max(0, delays.max / 1e6 - resolutionMs);
  const report = { longestBlockMs, longestHoldCpuMs };
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  // The collection held the loop too, which the monitors learn a little later: a report speaks of the time since the
  // last one.
  setTimeout(() => {
    delays.reset();
    longestHoldCpuMs = 0;
    reports += 1;
    const heapMiB = (heapUsed + external) / 2 ** 20;
    process.stdout.write(`inside ${reports} ${JSON.stringify({ ...report, heapMiB })}\n`);
  }, 10 * resolutionMs);
});
