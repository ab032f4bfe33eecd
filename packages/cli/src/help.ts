import type { FlagSpec } from './flag-spec.ts';

/** The parts of a command's help. */
export interface HelpText {
  /** Behind the program's name: `members [options]`. */
  readonly usage: string;
  /** Paragraphs; wrapped when printed. */
  readonly paragraphs: readonly string[];
  readonly flags: readonly FlagSpec[];
  readonly subcommands?: readonly CommandLine[];
}

const helpWidth = 72;

/** A command's `-h`: usage, what it does, then its flags in two sections. Ends with a newline. */
export function formatCommandHelp(commandName: string, help: HelpText): string {
  const sections = [
    `Usage: ${commandName} ${help.usage}\n`,
    ...help.paragraphs.map((paragraph) => wrap(paragraph, '  ')),
    ...flagSection(
      'HTTP API Options',
      help.flags.filter(({ section }) => section === 'api'),
    ),
    ...flagSection(
      'Command Options',
      help.flags.filter(({ section }) => section === undefined),
    ),
    ...(help.subcommands === undefined ? [] : [`Subcommands:\n${commandLines(help.subcommands)}`]),
  ];
  return sections.join('\n');
}

function flagSection(title: string, flags: readonly FlagSpec[]): readonly string[] {
  if (flags.length === 0) return [];
  const blocks = byName(flags).map((flag) => {
    const value = flag.kind === 'bool' ? '' : `=<${flag.placeholder ?? 'value'}>`;
    return `  -${flag.name}${value}\n${wrap(flag.description, '     ')}`;
  });
  return [`${title}\n`, ...blocks];
}

/** The usage after a wrong flag: the flags as Go's flag package lists them, one line each. */
export function formatFlagUsage(flags: readonly FlagSpec[]): string {
  const lines = byName(flags).map((flag) => {
    const value = flag.kind === 'bool' ? '' : ` ${flag.placeholder ?? 'value'}`;
    const standard = flag.defaultText === undefined ? '' : ` (default ${flag.defaultText})`;
    return `  -${flag.name}${value}\n    \t${flag.description}${standard}\n`;
  });
  return `Usage:\n${lines.join('')}`;
}

/** One line of the list of commands. */
export interface CommandLine {
  readonly name: string;
  readonly synopsis: string;
}

/** The usage of the program: printed without a command, with an unknown one, and for `-h`. */
export function formatProgramUsage(commandName: string, commands: readonly CommandLine[]): string {
  return [
    `Usage: ${commandName} [--version] [--help] <command> [<args>]\n\n`,
    `Available commands are:\n${commandLines(commands)}\n`,
  ].join('');
}

function commandLines(commands: readonly CommandLine[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return commands.map(({ name, synopsis }) => `    ${name.padEnd(width)}    ${synopsis}\n`).join('');
}

function byName(flags: readonly FlagSpec[]): readonly FlagSpec[] {
  return [...flags].sort((one, other) => (one.name < other.name ? -1 : 1));
}

function wrap(text: string, indent: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > helpWidth) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].map((each) => `${indent}${each}\n`).join('');
}
