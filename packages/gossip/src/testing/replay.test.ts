import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, expect, test, vi } from 'vitest';
import { type Replay, replayCommand, requireReplay } from './replay.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

test('each runner gets the seed, the file and the end of the name', () => {
  vi.stubEnv('NODE_OPTIONS', '');
  const replay = { file: 'test/pool.test.js', test: 'it heals' };
  expect(replayCommand(2, replay)).toBe("HOBNOB_SEED=2 npx vitest run 'test/pool.test.js' -t 'it heals$'");
  expect(replayCommand(2, { ...replay, runner: 'jest' })).toBe(
    "HOBNOB_SEED=2 npx jest 'test/pool\\.test\\.js' -t 'it heals$'",
  );
  expect(replayCommand(2, { ...replay, runner: 'node:test' })).toBe(
    "HOBNOB_SEED=2 node --test --test-name-pattern='it heals$' 'test/pool.test.js'",
  );
  expect(replayCommand(-3, { command: 'npx tap test/pool.js' })).toBe('HOBNOB_SEED=-3 npx tap test/pool.js');
});

test('a name is one word of the shell and is escaped for the patterns of runners', () => {
  const command = replayCommand(1, { file: 'a.ts', test: "it's cut (in two) [1+1] $HOME ^a.b*c? {x} \\ |" });
  expect(command).toBe(
    "HOBNOB_SEED=1 npx vitest run 'a.ts' -t 'it'\\''s cut \\(in two\\) \\[1\\+1\\] \\$HOME \\^a\\.b\\*c\\? \\{x\\} \\\\ \\|$'",
  );
});

test('an absolute path or URL is shown relative to the working directory, unless it lies outside', () => {
  const inside = join(process.cwd(), 'test', 'pool.test.ts');
  const commandOf = (file: string): string => replayCommand(1, { file, test: 'x' });
  expect(commandOf(inside)).toContain("run 'test/pool.test.ts' -t");
  expect(commandOf(pathToFileURL(inside).href)).toContain("run 'test/pool.test.ts' -t");
  expect(commandOf('/elsewhere/pool.test.ts')).toContain("run '/elsewhere/pool.test.ts' -t");
});

test('Jest gets the options of Node that this run has, because it needs one for modules', () => {
  vi.stubEnv('NODE_OPTIONS', '--experimental-vm-modules');
  const command = replayCommand(1, { file: 'a.js', test: 'x', runner: 'jest' });
  expect(command).toBe("HOBNOB_SEED=1 NODE_OPTIONS='--experimental-vm-modules' npx jest 'a\\.js' -t 'x$'");
});

test('a replay without a file or a name is refused before the simulation runs', () => {
  const untyped: unknown = { file: undefined, test: 'x' };
  expect(() => requireReplay(untyped as Replay)).toThrow('replay needs a file and the name of a test');
  const missing: unknown = undefined;
  expect(() => requireReplay(missing as Replay)).toThrow('a simulation needs the option replay');
  expect(() => requireReplay({ file: 'a.ts', test: '' })).toThrow(TypeError);
  expect(() => requireReplay({ command: '' })).toThrow(TypeError);
  expect(() => requireReplay({ file: 'a.ts', test: 'x' })).not.toThrow();
});
