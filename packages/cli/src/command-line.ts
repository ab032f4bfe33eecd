/** A command line, taken apart as far as every command shares it. */
export interface CommandLineParts {
  readonly command: string | undefined;
  /** The arguments behind the command. */
  readonly rest: readonly string[];
  readonly wantsHelp: boolean;
  readonly wantsVersion: boolean;
  /** The first flag in front of the command that asks neither for help nor for the version. */
  readonly firstFlag: string | undefined;
}

/** Finds the command as Consul does: help is asked for anywhere before `--`, the version only up front. */
export function readCommandLine(argv: readonly string[]): CommandLineParts {
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
