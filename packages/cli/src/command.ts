import type { FlagSpec, FlagValues } from './flag-spec.ts';
import type { CliIo } from './io.ts';

/** The input of a command when it runs. */
export interface CommandInput<Specs extends readonly FlagSpec[]> {
  readonly flags: FlagValues<Specs>;
  /** The arguments behind the flags. */
  readonly args: readonly string[];
  /** The command's own `-h`. */
  readonly help: string;
  readonly io: CliIo;
}

/** One command: its help, its flags, and its action. */
export interface CommandSpec<Specs extends readonly FlagSpec[]> {
  readonly name: string;
  readonly synopsis: string;
  /** Behind the name: `[options] address ...`. */
  readonly usage: string;
  readonly paragraphs: readonly string[];
  readonly flags: Specs;
  /** Commands behind this one's name, which then does nothing itself. */
  readonly subcommands?: readonly Command[];
  /** Resolves with the exit code. Rejects only for bugs. */
  run(input: CommandInput<Specs>): Promise<number>;
}

/** A command without the type of its flags, so that all of them fit one list. */
export interface Command extends Omit<CommandSpec<readonly FlagSpec[]>, 'run'> {
  run(input: CommandInput<readonly FlagSpec[]>): Promise<number>;
}

/** Ties a command's `run` to the flags it declares. */
export function defineCommand<const Specs extends readonly FlagSpec[]>(spec: CommandSpec<Specs>): Command {
  return {
    ...spec,
    // The program reads the values by the very specs of this command.
    run: (input) => spec.run(input as CommandInput<Specs>),
  };
}
