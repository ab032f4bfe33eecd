import { readFile } from 'node:fs/promises';

/** The kernel counts a process's time in ticks (USER_HZ), on every platform that has /proc. */
const ticksPerSecond = 100;

/** User and system time of a process so far. @throws Error when it is gone, or where there is no /proc. */
export async function cpuMsOf(pid: number | undefined): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The second field is the program's name in parentheses and may hold spaces; user and system time are the
  // 14th and 15th.
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  return ((Number(user) + Number(system)) * 1000) / ticksPerSecond;
}
