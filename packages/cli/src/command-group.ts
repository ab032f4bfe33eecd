import { type Command, defineCommand } from './command.ts';
import { exitFailure } from './output.ts';
import { refuseUsage, suggestion } from './wrong-usage.ts';

/** A command that has subcommands and does nothing itself: it shows them, and exits with 1 unless help was asked for. */
export function defineGroup(
  group: Pick<Command, 'name' | 'synopsis' | 'paragraphs'> & { readonly subcommands: readonly Command[] },
): Command {
  return defineCommand({
    ...group,
    usage: `${group.name} <subcommand> [options] [args]`,
    flags: [],
    async run({ args, help, io }) {
      const [unknown] = args;
      if (unknown === undefined) {
        io.stderr(help);
        return exitFailure;
      }
      const names = group.subcommands.map(({ name }) => name);
      return refuseUsage(io, help, `Unknown subcommand "${unknown}".${await suggestion(unknown, names)}`);
    },
  });
}
