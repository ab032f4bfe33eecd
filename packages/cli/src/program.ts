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
import { printableLines } from './printable.ts';
import { refuseUsage, suggestion } from './wrong-usage.ts';

export type { CliFiles, CliIo, CliSignal } from './io.ts';
export type { LineSink } from './line-output.ts';

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
export async function runProgram(argv: readonly string[], process: CliIo): Promise<number> {
  const io = withPrintableText(process);
  const line = readCommandLine(argv);
  if (line.wantsVersion) return runProgram(['version'], process);
  const command = commands.find(({ name }) => name === line.command);
  if (command === undefined) return refuseCommand(line, io);
  const help = formatCommandHelp(io.commandName, command);
  if (line.wantsHelp) {
    io.stdout(help);
    return exitOk;
  }
  if (line.firstFlag !== undefined) {
    const sentence =
      'Invalid flags before the subcommand. If these flags are for\nthe subcommand, please put them';
    return refuseUsage(io, help, `${sentence} after the subcommand.`);
  }
  const normalized = normalizeGoFlags(command.flags, line.rest);
  if (!normalized.ok) {
    const { message, unknownFlag } = normalized;
    const names = command.flags.map(({ name }) => name);
    const nearest = unknownFlag === undefined ? '' : await suggestion(unknownFlag, names, '-');
    return refuseUsage(
      io,
      formatFlagUsage(command.flags),
      nearest === '' ? message : `${message}.${nearest}`,
    );
  }
  let exitCode = exitFailure;
  const program = buildProgram(io, (code) => {
    exitCode = code;
  });
  await program.parseAsync([command.name, ...normalized.args], { from: 'user' });
  return exitCode;
}

/** Whatever peers and agents put into a text, it moves no cursor and turns no line of the terminal. */
function withPrintableText(io: CliIo): CliIo {
  return {
    ...io,
    stdout: (text) => io.stdout(printableLines(text)),
    stderr: (text) => io.stderr(printableLines(text)),
  };
}

/** Commands of Consul 1.8.7 that this version does not have. */
const missingCommands: ReadonlySet<string> = new Set(
  'acl catalog config connect debug exec info intention kv lock login logout maint monitor reload services snapshot tls watch'.split(
    ' ',
  ),
);

/** No command, an unknown one, or a question for all of them. */
async function refuseCommand(
  { command, wantsHelp, firstFlag }: CommandLineParts,
  io: CliIo,
): Promise<number> {
  const usage = formatProgramUsage(io.commandName, commands);
  if (command === undefined && wantsHelp) {
    io.stdout(usage);
    return exitOk;
  }
  if (command === undefined && firstFlag === undefined) {
    io.stderr(usage);
  } else if (command === undefined) {
    refuseUsage(
      io,
      usage.trimEnd(),
      `\nNo command was given; the flag ${firstFlag} is none of this program.`,
    );
  } else if (missingCommands.has(command)) {
    refuseUsage(io, usage.trimEnd(), `\nConsul's command "${command}" is not there yet.`);
  } else {
    const nearest = await suggestion(
      command,
      commands.map(({ name }) => name),
    );
    refuseUsage(io, usage.trimEnd(), `\nUnknown command "${command}".${nearest}`);
  }
  return exitUnknownCommand;
}

interface CommandLineParts {
  readonly command: string | undefined;
  /** What follows the command. */
  readonly rest: readonly string[];
  readonly wantsHelp: boolean;
  readonly wantsVersion: boolean;
  /** What stands in front of the command and asks neither for help nor for the version. */
  readonly firstFlag: string | undefined;
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
    firstFlag: before.find((token) => token !== '' && !isHelp(token)),
  };
}
