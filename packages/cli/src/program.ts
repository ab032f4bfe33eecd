import { Command as CommanderCommand } from 'commander';
import type { Command } from './command.ts';
import { type CommandLineParts, readCommandLine } from './command-line.ts';
import { agentCommand } from './commands/agent.ts';
import { catalogCommand } from './commands/catalog.ts';
import { eventCommand } from './commands/event.ts';
import { forceLeaveCommand } from './commands/force-leave.ts';
import { infoCommand } from './commands/info.ts';
import { joinCommand } from './commands/join.ts';
import { keygenCommand } from './commands/keygen.ts';
import { keyringCommand } from './commands/keyring.ts';
import { kvCommand } from './commands/kv.ts';
import { leaveCommand } from './commands/leave.ts';
import { lockCommand } from './commands/lock.ts';
import { maintCommand } from './commands/maint.ts';
import { membersCommand } from './commands/members.ts';
import { operatorCommand } from './commands/operator.ts';
import { reloadCommand } from './commands/reload.ts';
import { rttCommand } from './commands/rtt.ts';
import { servicesCommand } from './commands/services.ts';
import { snapshotCommand } from './commands/snapshot.ts';
import { validateCommand } from './commands/validate.ts';
import { versionCommand } from './commands/version.ts';
import { watchCommand } from './commands/watch.ts';
import { formatCommandHelp, formatProgramUsage } from './help.ts';
import type { CliIo } from './io.ts';
import { exitFailure, exitOk, exitUnknownCommand } from './output.ts';
import { printableLines } from './printable.ts';
import { runCommand, withSubcommand } from './run-command.ts';
import { refuseUsage, suggestion } from './wrong-usage.ts';

export type { CliFiles, CliIo, CliSignal } from './io.ts';
export type { LineSink } from './line-output.ts';

const commands: readonly Command[] = [
  agentCommand,
  catalogCommand,
  eventCommand,
  forceLeaveCommand,
  infoCommand,
  joinCommand,
  keygenCommand,
  keyringCommand,
  kvCommand,
  leaveCommand,
  lockCommand,
  maintCommand,
  membersCommand,
  operatorCommand,
  reloadCommand,
  rttCommand,
  servicesCommand,
  snapshotCommand,
  validateCommand,
  versionCommand,
  watchCommand,
];

/**
 * The commander program: one subcommand for each command. What follows a command's name is parsed once, by Go's rules
 * (`parseGoFlags`), which commander does not have. `onExitCode` is called once, when the chosen command has finished.
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
    program
      .command(command.name)
      .description(command.synopsis)
      .argument('[args...]')
      .helpOption(false)
      .allowUnknownOption()
      .passThroughOptions()
      .configureHelp({ formatHelp: () => help })
      .action(async (argv: readonly string[]) => onExitCode(await runCommand(command, argv, io)));
  }
  return program;
}

/** Runs one command line (without node and script) and resolves with its exit code. Rejects only for bugs. */
export async function runProgram(argv: readonly string[], process: CliIo): Promise<number> {
  const io = withPrintableText(process);
  const line = readCommandLine(argv);
  if (line.wantsVersion) return runProgram(['version'], process);
  const command = commands.find(({ name }) => name === line.command);
  if (command === undefined) return refuseCommand(line, io);
  const { command: asked } = withSubcommand(command, line.rest);
  const help = formatCommandHelp(io.commandName, asked);
  if (line.wantsHelp) {
    io.stdout(help);
    return exitOk;
  }
  if (line.firstFlag !== undefined) {
    const sentence =
      'Invalid flags before the subcommand. If these flags are for\nthe subcommand, please put them';
    return refuseUsage(io, help, `${sentence} after the subcommand.`);
  }
  let exitCode = exitFailure;
  const program = buildProgram(io, (code) => {
    exitCode = code;
  });
  // Behind `--` commander takes every argument as it is.
  await program.parseAsync([command.name, '--', ...line.rest], { from: 'user' });
  return exitCode;
}

/** Text of peers and agents moves no cursor of the terminal and turns no line. */
function withPrintableText(io: CliIo): CliIo {
  return {
    ...io,
    stdout: (text) => io.stdout(printableLines(text)),
    stderr: (text) => io.stderr(printableLines(text)),
  };
}

/** Commands of Consul 1.8.7 that this version does not have. */
const missingCommands: ReadonlySet<string> = new Set(
  'acl config connect debug exec intention login logout monitor reload snapshot tls'.split(' '),
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
