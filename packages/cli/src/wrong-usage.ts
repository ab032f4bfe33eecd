import type { CliIo } from './io.ts';
import { exitFailure } from './output.ts';

/** Prints the usage, then the mistake, which so stands above the next prompt. Returns the exit code. */
export function refuseUsage(io: Pick<CliIo, 'stderr'>, usage: string, mistake: string): number {
  io.stderr(`${usage}\n${mistake}\n`);
  return exitFailure;
}

/** ` Did you mean "members"?`, or nothing when no known name is near. */
export async function suggestion(name: string, known: Iterable<string>, prefix = ''): Promise<string> {
  // Loaded only after a mistake.
  const { nearestName } = await import('@hobnob/gossip/checks');
  const nearest = nearestName(name, known);
  return nearest === undefined ? '' : ` Did you mean "${prefix}${nearest}"?`;
}

/** For `-format`, which knows two. Returns the exit code. */
export function refuseFormat(io: Pick<CliIo, 'stderr'>, format: string): number {
  io.stderr(`Unknown format: ${format} (allowed: pretty, json)\n`);
  return exitFailure;
}

/** For a command that has more arguments than it takes. Returns the exit code. */
export function refuseArguments(io: Pick<CliIo, 'stderr'>, count: number, expected = 0): number {
  io.stderr(`Too many arguments (expected ${expected}, got ${count})\n`);
  return exitFailure;
}
