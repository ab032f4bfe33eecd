import { readFileSync } from 'node:fs';

/** What a process has used since its start. */
export interface ProcessCost {
  readonly residentMiB: number;
  /** User and system time. */
  readonly cpuSeconds: number;
}

/** Linux counts processor time in these, whatever the kernel's own clock. Source: proc(5), sysconf(_SC_CLK_TCK). */
const ticksPerSecond = 100;

/** What a process has used so far, or undefined when there is no such process any more. */
export function costOf(pid: number): ProcessCost | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may hold anything; utime and stime are the 14th and 15th field.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const residentKiB = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
    if (residentKiB === undefined) return undefined;
    return {
      residentMiB: Number(residentKiB) / 1024,
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    };
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH'))
      return undefined;
    throw error;
  }
}
