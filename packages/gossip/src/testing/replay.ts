import { isAbsolute, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GossipTypeError } from '../errors.ts';

/** Where a simulation stands, for the command that repeats it. */
export type Replay =
  | {
      /** The test's file: a path, or a `file:` URL. `import.meta.url` is never out of date. */
      readonly file: string;
      /** The test's name; with Vitest and Jest it may begin with the names of the suites around it. */
      readonly test: string;
      /** Default `vitest`. */
      readonly runner?: 'vitest' | 'jest' | 'node:test';
    }
  /** What runs just this test, where neither of the above does; `HOBNOB_SEED` is set before it. */
  | { readonly command: string };

/** @throws GossipTypeError GOSSIP_ARGUMENT for a place that nobody could go back to, before anything has failed there. */
export function requireReplay(replay: Replay): void {
  const given: unknown = replay;
  if (typeof given !== 'object' || given === null)
    throw new GossipTypeError('GOSSIP_ARGUMENT', 'a simulation needs the option replay');
  const parts = 'command' in replay ? [replay.command] : [replay.file, replay.test];
  if (parts.some((part) => typeof part !== 'string' || part === '')) {
    throw new GossipTypeError(
      'GOSSIP_ARGUMENT',
      `replay needs a file and the name of a test, or a command, not ${JSON.stringify(replay)}`,
    );
  }
}

/** One line for a POSIX shell, to be run where the tests were started. */
export function replayCommand(seed: number, replay: Replay): string {
  return `HOBNOB_SEED=${seed} ${'command' in replay ? replay.command : runnerCommand(replay)}`;
}

function runnerCommand({
  file,
  test,
  runner = 'vitest',
}: Extract<Replay, { readonly file: string }>): string {
  const path = relativePath(file);
  // Runners look for a pattern anywhere in the name: without an end, other tests would run too.
  const name = quote(`${escapePattern(test)}$`);
  switch (runner) {
    case 'vitest':
      return `npx vitest run ${quote(path)} -t ${name}`;
    case 'jest':
      return `${nodeOptions()}npx jest ${quote(escapePattern(path))} -t ${name}`;
    case 'node:test':
      return `node --test --test-name-pattern=${name} ${quote(path)}`;
  }
}

/** Jest runs modules only with an option of Node's, which is not to be guessed. */
function nodeOptions(): string {
  const options = process.env['NODE_OPTIONS'];
  return options === undefined || options === '' ? '' : `NODE_OPTIONS=${quote(options)} `;
}

/** As seen from where the tests were started; elsewhere in full. */
function relativePath(file: string): string {
  const path = file.startsWith('file:') ? fileURLToPath(file) : file;
  const fromHere = isAbsolute(path) ? relative(process.cwd(), path) : path;
  return fromHere.startsWith('..') ? path : fromHere;
}

/** Matches this text and nothing else in a regular expression. */
function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** As one word of a POSIX shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
