import { describe, expect, test } from 'vitest';
import { run } from '../test/recording-io.ts';
import { readVersion } from './version.ts';

const usageStart =
  'Usage: consul [--version] [--help] <command> [<args>]\n\nAvailable commands are:\n    agent ';

describe('the command line', () => {
  test.each([[[]], [['frob']], [['help']], [['--', 'members']], [['']]])(
    'no known command prints the usage on stderr and exits with 127: %j',
    async (argv) => {
      const { code, stdout, stderr } = await run(argv);
      expect({ code, stdout }).toEqual({ code: 127, stdout: '' });
      expect(stderr.startsWith(usageStart)).toBe(true);
    },
  );

  test.each([['-h'], ['-help'], ['--help']])(
    '%s prints the usage on stdout and exits with 0',
    async (flag) => {
      const { code, stdout, stderr } = await run([flag]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout.startsWith(usageStart)).toBe(true);
    },
  );

  test('the usage names the program as it was called', async () => {
    expect((await run(['-h'], { commandName: 'hobnob' })).stdout).toMatch(/^Usage: hobnob \[--version\]/);
    expect((await run(['join', '-h'], { commandName: 'hobnob' })).stdout).toMatch(/^Usage: hobnob join /);
  });

  test.each([
    [['members', '-h']],
    [['members', 'x', '--help']],
    [['members', '-status', '-h']],
    [['-h', 'members']],
  ])('help is asked for anywhere: %j', async (argv) => {
    const { code, stdout, stderr } = await run(argv);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage: consul members \[options\]\n\n {2}\S/);
    expect(stdout).toContain('\nHTTP API Options\n\n  -ca-file=<value>\n     ');
    expect(stdout).toContain('\nCommand Options\n\n  -detailed\n     ');
  });

  test('no line of a help text is wider than 80 columns', async () => {
    for (const name of [
      'agent',
      'members',
      'join',
      'leave',
      'force-leave',
      'validate',
      'keygen',
      'version',
    ]) {
      const { stdout } = await run([name, '-h']);
      expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    }
  });

  test('flags before the command are refused', async () => {
    const { code, stdout, stderr } = await run(['-http-addr=x', 'members']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /^Usage: consul members [\s\S]*\n\nInvalid flags before the subcommand\. If these flags are for\nthe subcommand, please put them after the subcommand\.\n$/,
    );
  });

  test.each([
    ['membres', 'Unknown command "membres". Did you mean "members"?'],
    ['forceleave', 'Unknown command "forceleave". Did you mean "force-leave"?'],
    ['frob', 'Unknown command "frob".'],
    ['exec', 'Consul\'s command "exec" is not there yet.'],
    ['a\u001b[2J', 'Unknown command "a\\u001b[2J".'],
  ])('the unknown command %j is named last, with the nearest that there is', async (name, mistake) => {
    const { code, stderr } = await run([name]);
    expect(code).toBe(127);
    expect(stderr.startsWith(usageStart)).toBe(true);
    expect(stderr.endsWith(`\n\n${mistake}\n`)).toBe(true);
  });

  test('a flag without a command is named last', async () => {
    const { code, stdout, stderr } = await run(['-http-addr=:8500']);
    expect({ code, stdout }).toEqual({ code: 127, stdout: '' });
    expect(stderr).toMatch(
      /\n\nNo command was given; the flag -http-addr=:8500 is none of this program\.\n$/,
    );
  });

  test('an unknown flag is named last, with the nearest that there is', async () => {
    const { stderr } = await run(['agent', '-datadir=x']);
    expect(stderr).toMatch(/\n\nflag provided but not defined: -datadir\. Did you mean "-data-dir"\?\n$/);
  });

  test('a wrong flag prints the flags and the reason on stderr and exits with 1', async () => {
    expect(await run(['version', '-x'])).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'Usage:\n  -format string\n    \tOutput format {pretty|json} (default "pretty")\n\nflag provided but not defined: -x\n',
    });
    expect(await run(['keygen', '-x'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Usage:\n\nflag provided but not defined: -x\n',
    });
    const { code, stderr } = await run(['agent', '-http-port=abc']);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^Usage:\n {2}-advertise value\n {4}\t[\s\S]*\n\ninvalid value "abc" for flag -http-port: strconv\.Atoi: parsing "abc": invalid syntax\n$/,
    );
  });
});

describe('version', () => {
  const pretty =
    `Hobnob v${readVersion()} (speaks Consul 1.8.7)\n` +
    'Protocol 2 spoken by default, understands 2 to 3 (agent will automatically use protocol >2 when speaking to compatible agents)\n\n';

  test.each([[['version']], [['-v']], [['-version']], [['--version', 'members']], [['version', 'x']]])(
    'is printed for %j',
    async (argv) => {
      expect(await run(argv)).toEqual({ code: 0, stdout: pretty, stderr: '' });
    },
  );

  test('as JSON has the keys of Consul, and says what we speak', async () => {
    const { code, stdout } = await run(['version', '-format=json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      Version: readVersion(),
      Revision: '',
      Prerelease: '',
      Speaks: { Consul: '1.8.7' },
      RPC: { Default: 2, Min: 2, Max: 3 },
    });
  });

  test('in an unknown format is refused', async () => {
    expect(await run(['version', '-format=x'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Unknown format: x (allowed: pretty, json)\n',
    });
  });
});

test('keygen prints 32 random bytes in base64', async () => {
  expect(await run(['keygen'])).toEqual({
    code: 0,
    stdout: 'BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n',
    stderr: '',
  });
});
