import { isAbsolute, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GossipTypeError } from '../errors.ts';

/** The test that a simulation is part of, for the command that repeats it. */
export type Replay =
  | {
      /** The test's file: a path, or a `file:` URL such as `import.meta.url`. */
      readonly file: string;
      /** The test's name; Vitest and Jest also accept it after the names of the suites around it. */
      readonly test: string;
      /** Default `vitest`. */
      readonly runner?: 'vitest' | 'jest' | 'node:test';
    }
  /** The command that runs this test alone, for other test runners; `HOBNOB_SEED=...` is put in front of it. */
  | { readonly command: string };

/** @throws GossipTypeError GOSSIP_ARGUMENT when no command could be made from it, before the simulation starts. */
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

/** One line for a POSIX shell, to be run in the folder in which the tests were started. */
export function replayCommand(seed: number, replay: Replay): string {
  return `HOBNOB_SEED=${seed} ${'command' in replay ? replay.command : runnerCommand(replay)}`;
}

function runnerCommand({
  file,
  test,
  runner = 'vitest',
}: Extract<Replay, { readonly file: string }>): string {
  const path = relativePath(file);
  // Runners match a pattern anywhere in the name: without the end, tests with longer names would run too.
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

/** Jest needs an option of Node to run modules; the command repeats the options of this run. */
function nodeOptions(): string {
  const options = process.env['NODE_OPTIONS'];
  return options === undefined || options === '' ? '' : `NODE_OPTIONS=${quote(options)} `;
}

/** Relative to the folder in which the tests were started; absolute for a file outside it. */
function relativePath(file: string): string {
  const path = file.startsWith('file:') ? fileURLToPath(file) : file;
  const fromHere = isAbsolute(path) ? relative(process.cwd(), path) : path;
  return fromHere.startsWith('..') ? path : fromHere;
}

/** A regular expression that matches exactly this text. */
function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** As one word of a POSIX shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
