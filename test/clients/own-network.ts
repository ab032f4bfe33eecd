import { spawnSync } from 'node:child_process';
import { skipOrFail } from '../support/go-program.ts';

/** Everything in a network of its own ends with its first process. As root, or with user namespaces. */
const options = ['--net', '--pid', '--fork', '--kill-child', '--mount-proc'];
const command =
  process.getuid?.() === 0 ? ['unshare', ...options] : ['unshare', '--user', '--map-root-user', ...options];

function isPossible(): boolean {
  const [program = '', ...args] = command;
  return spawnSync(program, [...args, 'true'], { stdio: 'ignore' }).status === 0;
}

/** Whether this machine can make networks; said at the start of the suite. */
export const canHaveNetwork = isPossible();

/** Before the suite. @throws Error under CI when networks cannot be made. */
export function setup(): void {
  if (!canHaveNetwork)
    skipOrFail('a network namespace cannot be made here: suites that want port 8500 are skipped.');
}

/** The command in a network of its own, with a loopback device that is down. */
export function inOwnNetwork(given: readonly string[]): {
  readonly command: string;
  readonly args: readonly string[];
} {
  const [program = '', ...args] = command;
  return { command: program, args: [...args, ...given] };
}
