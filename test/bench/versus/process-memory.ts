import { readFile } from 'node:fs/promises';

/** How much memory a process has. Source: proc(5), smaps_rollup. */
export interface ProcessMemory {
  /** Resident memory, shared pages counted whole. */
  readonly rssMiB: number;
  /** Resident memory, each shared page divided by the number of processes that share it. */
  readonly pssMiB: number;
  /** What would be freed with the process. */
  readonly privateMiB: number;
}

/** What a process has now. @throws Error when it is gone, or where there is no /proc. */
export async function memoryOf(pid: number | undefined): Promise<ProcessMemory> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  const mib = (field: string) => Number(rollup.match(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm'))?.[1]) / 1024;
  return {
    rssMiB: mib('Rss'),
    pssMiB: mib('Pss'),
    privateMiB: mib('Private_Clean') + mib('Private_Dirty'),
  };
}
