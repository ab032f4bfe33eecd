import { Command as CommanderCommand, Option } from 'commander';
import type { Command } from './command.ts';
import { agentCommand } from './commands/agent.ts';
import { eventCommand } from './commands/event.ts';
import { forceLeaveCommand } from './commands/force-leave.ts';
import { joinCommand } from './commands/join.ts';
import { keygenCommand } from './commands/keygen.ts';
import { keyringCommand } from './commands/keyring.ts';
import { leaveCommand } from './commands/leave.ts';
import { membersCommand } from './commands/members.ts';
import { operatorCommand } from './commands/operator.ts';
import { rttCommand } from './commands/rtt.ts';
import { validateCommand } from './commands/validate.ts';
import { versionCommand } from './commands/version.ts';
import type { FlagSpec, FlagValues } from './flag-spec.ts';
import { normalizeGoFlags } from './go-flags.ts';
import { formatCommandHelp, formatFlagUsage, formatProgramUsage } from './help.ts';
import type { CliIo } from './io.ts';
import { exitFailure, exitOk, exitUnknownCommand } from './output.ts';

export type { CliFiles, CliIo, CliSignal } from './io.ts';

const commands: readonly Command[] = [
  agentCommand,
  eventCommand,
  forceLeaveCommand,
  joinCommand,
  keygenCommand,
  keyringCommand,
  leaveCommand,
  membersCommand,
  operatorCommand,
  rttCommand,
  validateCommand,
  versionCommand,
];

/**
 * The commander program: one subcommand for each command, reading what `normalizeGoFlags` wrote. `onExitCode`
 * is told once, when the chosen command has finished.
 */
export function buildProgram(io: CliIo, onExitCode: (code: number) => void): CommanderCommand {
  const program = new CommanderCommand(io.commandName)
    .helpOption(false)
    .helpCommand(false)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.stdout(text), writeErr: (text) => io.stderr(text) });
  for (const command of commands) {
    const help = formatCommandHelp(io.commandName, command);
    const options = command.flags.map(toOption);
    const subcommand = program
      .command(command.name)
      .helpOption(false)
      .allowExcessArguments()
      .configureHelp({ formatHelp: () => help })
      .action(async () => {
        const given = subcommand.opts<FlagValues<readonly FlagSpec[]>>();
        const flags = Object.fromEntries(
          command.flags.map((spec, index) => [spec.name, given[options[index]?.attributeName() ?? '']]),
        );
        onExitCode(await command.run({ flags, args: subcommand.args, help, io }));
      });
    for (const option of options) subcommand.addOption(option);
    for (const { name, kind } of command.flags) {
      if (kind === 'bool') subcommand.addOption(new Option(`--no-${name}`).hideHelp());
    }
  }
  return program;
}

function toOption(spec: FlagSpec): Option {
  const flag = `--${spec.name}`;
  if (spec.kind === 'bool') return new Option(flag, spec.description);
  const option = new Option(`${flag} <${spec.placeholder ?? 'value'}>`, spec.description);
  switch (spec.kind) {
    case 'int':
      return option.argParser(Number);
    case 'list':
      return option.argParser((text, before: readonly string[] = []) => [...before, text]);
    case 'pairs':
      return option.argParser((text, before: Readonly<Record<string, string>> = {}) => {
        const [key = '', ...rest] = text.split(':');
        return { ...before, [key]: rest.join(':') };
      });
    case 'string':
      return option;
  }
}

/** Runs one command line (without node and script) and resolves with its exit code. Rejects only for bugs. */
export async function runProgram(argv: readonly string[], io: CliIo): Promise<number> {
  const line = readCommandLine(argv);
  if (line.wantsVersion) return runProgram(['version'], io);
  const command = commands.find(({ name }) => name === line.command);
  if (command === undefined) {
    const usage = formatProgramUsage(io.commandName, commands);
    const isHelp = line.wantsHelp && line.command === undefined;
    (isHelp ? io.stdout : io.stderr)(usage);
    return isHelp ? exitOk : exitUnknownCommand;
  }
  const help = formatCommandHelp(io.commandName, command);
  if (line.wantsHelp) {
    io.stdout(help);
    return exitOk;
  }
  if (line.misplacedFlags) {
    const sentence =
      'Invalid flags before the subcommand. If these flags are for\nthe subcommand, please put them';
    io.stderr(`${sentence} after the subcommand.\n\n${help}`);
    return exitFailure;
  }
  const normalized = normalizeGoFlags(command.flags, line.rest);
  if (!normalized.ok) {
    io.stderr(`${normalized.message}\n${formatFlagUsage(command.flags)}`);
    return exitFailure;
  }
  let exitCode = exitFailure;
  const program = buildProgram(io, (code) => {
    exitCode = code;
  });
  await program.parseAsync([command.name, ...normalized.args], { from: 'user' });
  return exitCode;
}

interface CommandLineParts {
  readonly command: string | undefined;
  /** What follows the command. */
  readonly rest: readonly string[];
  readonly wantsHelp: boolean;
  readonly wantsVersion: boolean;
  readonly misplacedFlags: boolean;
}

/** Finds the command as Consul does: help is asked for anywhere before `--`, the version only up front. */
function readCommandLine(argv: readonly string[]): CommandLineParts {
  const end = argv.indexOf('--');
  const open = end < 0 ? argv : argv.slice(0, end);
  const at = open.findIndex((token) => token !== '' && !token.startsWith('-'));
  const before = at < 0 ? open : open.slice(0, at);
  const isHelp = (token: string): boolean => ['-h', '-help', '--help'].includes(token);
  return {
    command: open[at],
    rest: at < 0 ? [] : argv.slice(at + 1),
    wantsHelp: open.some(isHelp),
    wantsVersion: before.some((token) => ['-v', '-version', '--version'].includes(token)),
    misplacedFlags: before.some((token) => token !== '' && !isHelp(token)),
  };
}
