import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { hasCode } from './error-code.ts';

/** What tells one process from every other, also from one that gets its number later. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** Tells one start of the machine from the next; '' where the system has none. Linux: the kernel's boot id. */
  readonly bootId: string;
  /** The namespace that `pid` counts in, a container's own as a rule; '' where the system has none. */
  readonly pidNamespace: string;
  /** When the process started, in the system's own unit; '' where it is not known. */
  readonly processStart: string;
}

/** This process. */
export function ownIdentity(): ProcessIdentity {
  return {
    pid: process.pid,
    host: hostname(),
    bootId: readSystemText(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    pidNamespace: readSystemText(() => readlinkSync('/proc/self/ns/pid')),
    processStart: processStartOf(process.pid),
  };
}

/**
 * What is known of the process of a lock file.
 * - On the kernel that we run on, its number is looked up: the process there must have started when the lock says.
 * - One that counts in another namespace (a container) cannot be looked up, and neither can one on another machine. Under
 *   our host name it has ended: that container or machine was started again as ours. Under another name it is unknown.
 */
export function fateOf(holder: ProcessIdentity, self: ProcessIdentity): 'runs' | 'ended' | 'unknown' {
  const isOurKernel = holder.bootId === self.bootId && (self.bootId !== '' || holder.host === self.host);
  const start = isOurKernel ? processStartOf(holder.pid) : '';
  if (start !== '' && start === holder.processStart) return 'runs';
  if (!isOurKernel || holder.pidNamespace !== self.pidNamespace) {
    return holder.host === self.host ? 'ended' : 'unknown';
  }
  if (!existsProcess(holder.pid)) return 'ended';
  return start === '' || holder.processStart === '' ? 'runs' : 'ended';
}

function existsProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process exists, and may not be signalled.
    return !hasCode(error, 'ESRCH');
  }
}

/** Field 22 of `/proc/PID/stat`: ticks since the machine started. The name before it may hold spaces and brackets. */
function processStartOf(pid: number): string {
  const text = readSystemText(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

/** '' where the system keeps no such file, or keeps it from us. */
function readSystemText(read: () => string): string {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return '';
    throw error;
  }
}
