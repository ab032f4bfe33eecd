import { closeSync, fstatSync, openSync } from 'node:fs';
import process from 'node:process';
import { isatty } from 'node:tty';
import { writeToStderr } from './standard-streams.ts';

/** How often `endProcess` checks whether the thread pool is done. */
const pollMs = 20;

/** The standard streams that are terminals, which `endProcess` has to know from the start. */
export function findTerminals(): readonly number[] {
  return [0, 1, 2].filter((fd) => isatty(fd));
}

/**
 * Ends the process with this code, at the latest `deadlineMs` from now. `process.exit` waits for the thread pool,
 * where a name lookup without an answer takes ten seconds and more; after the deadline the process kills itself, as
 * its supervisor would do next.
 */
export async function endProcess(
  code: number,
  { terminals, deadlineMs }: { readonly terminals: readonly number[]; readonly deadlineMs: number },
): Promise<never> {
  const endMs = performance.now() + deadlineMs;
  while (isPoolBusy()) {
    if (performance.now() >= endMs) {
      writeToStderr('==> A call to the system does not return: ending by force\n');
      process.kill(process.pid, 'SIGKILL');
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  for (const fd of terminals) forgetLostTerminal(fd);
  process.exit(code);
}

function isPoolBusy(): boolean {
  return process.getActiveResourcesInfo().some((what) => /^(GetAddrInfo|GetNameInfo|FSReq)/.test(what));
}

/** Node restores the settings of its terminals at the end, and aborts when one is gone. */
function forgetLostTerminal(fd: number): void {
  try {
    if (isatty(fd) || !fstatSync(fd).isCharacterDevice()) return;
    closeSync(fd);
    // The lowest free number is this one.
    openSync('/dev/null', 'r+');
  } catch {
    // Then it is closed already.
  }
}
