import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { hasCode } from './error-code.ts';

/** Identifies a process, also among those that get the same number later. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** Identifies one start of the machine; '' where the system has none. Linux: the kernel's boot id. */
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
 * Whether the process of a lock file still runs.
 * - On the same kernel its number is looked up: a process with it must have the start time of the lock.
 * - A process in another namespace (a container) or on another machine cannot be looked up. With the same host name it has
 *   ended, because that container or machine was restarted as this one. With another host name it is unknown.
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

/** '' where the system has no such file or does not permit to read it. */
function readSystemText(read: () => string): string {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return '';
    throw error;
  }
}
