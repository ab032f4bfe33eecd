import type { CliIo } from '../io.ts';
import { exitFailure } from '../output.ts';

/** Refuses a command line that does not name one file, in Consul's words. */
export function missingFile(io: CliIo, args: readonly string[]): number {
  io.stderr(
    args.length === 0 ? 'Missing FILE argument\n' : `Too many arguments (expected 1, got ${args.length})\n`,
  );
  return exitFailure;
}
