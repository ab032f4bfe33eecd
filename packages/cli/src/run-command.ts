import type { Command } from './command.ts';
import type { FlagSpec, FlagValues } from './flag-spec.ts';
import { parseGoFlags } from './go-flags.ts';
import { formatCommandHelp, formatFlagUsage } from './help.ts';
import type { CliIo } from './io.ts';
import { refuseUsage, suggestion } from './wrong-usage.ts';

/** Runs a command, or the one of its subcommands that the first argument names. Resolves with the exit code. */
export async function runCommand(given: Command, argv: readonly string[], io: CliIo): Promise<number> {
  const { command, rest } = withSubcommand(given, argv);
  const parsed = parseGoFlags(command.flags, rest);
  // The values were parsed by the specs of this command.
  if (parsed.ok) {
    const help = formatCommandHelp(io.commandName, command);
    return command.run({ flags: parsed.flags as FlagValues<FlagSpec[]>, args: parsed.args, help, io });
  }
  const { message, unknownFlag } = parsed;
  const names = command.flags.map(({ name }) => name);
  const nearest = unknownFlag === undefined ? '' : await suggestion(unknownFlag, names, '-');
  return refuseUsage(io, formatFlagUsage(command.flags), nearest === '' ? message : `${message}.${nearest}`);
}

/** The command that is meant, and the arguments that are left for it. */
export function withSubcommand(
  command: Command,
  argv: readonly string[],
): { readonly command: Command; readonly rest: readonly string[] } {
  const found = command.subcommands?.find(({ name }) => name === argv[0]);
  return found === undefined ? { command, rest: argv } : { command: found, rest: argv.slice(1) };
}
