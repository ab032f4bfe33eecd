import { expect, test } from 'vitest';
import { recordingLogger } from '../../test/recording-logger.ts';
import type { ProgramToRun, RunOutcome } from '../programs/run-program.ts';
import { readCheck } from './definition.ts';
import type { CheckFields } from './fields.ts';
import { timeoutReason } from './result.ts';
import { runScript } from './run-script.ts';

const s = 1_000_000_000n;

/** A run whose program does what the test says. */
function setUp(fields: CheckFields = {}) {
  const given = { Name: 'c', ScriptArgs: ['/bin/x', 'a b'], Interval: s, ...fields };
  const { definition } = readCheck(given, { allowsScripts: true });
  if (definition.kind !== 'script') throw new Error('no script');
  const log = recordingLogger([], 'agent');
  const stop = new AbortController();
  const started: ProgramToRun[] = [];
  let settle: (outcome: RunOutcome) => void = () => undefined;
  let leave: () => void = () => undefined;
  const outcome = new Promise<RunOutcome>((resolve) => {
    settle = resolve;
  });
  const gone = new Promise<void>((resolve) => {
    leave = resolve;
  });
  const runProgram = (program: ProgramToRun) => {
    started.push(program);
    return { outcome, gone };
  };
  const result = runScript(definition, { runProgram, log }, stop.signal);
  const end = (how: RunOutcome['end'], output = '', outputBytes = output.length): void =>
    settle({ end: how, output: Buffer.from(output), outputBytes });
  return { lines: log.lines, stop, started, end, leave, result };
}

// Each was seen with Consul 1.8.7.
test.each<[RunOutcome['end'], string]>([
  [{ type: 'exited', code: 0 }, 'passing'],
  [{ type: 'exited', code: 1 }, 'warning'],
  [{ type: 'exited', code: 2 }, 'critical'],
  [{ type: 'exited', code: 255 }, 'critical'],
  [{ type: 'killed', signal: 'SIGKILL' }, 'critical'],
])('a program that ends with %j makes its check %s', async (how, status) => {
  const { started, end, result } = setUp({ OutputMaxSize: 7 });
  expect(started).toEqual([{ argv: ['/bin/x', 'a b'], outputBytesMax: 7 }]);
  end(how, 'fine\n');
  expect(await result).toEqual({ status, output: 'fine\n' });
});

test('of a long output the end is shown, and how much there was', async () => {
  const { end, result } = setUp();
  end({ type: 'exited', code: 0 }, 'tail', 10_000);
  expect((await result).output).toBe('Captured 4 of 10000 bytes\n...\ntail');
});

test('a program that cannot be started is critical at once, whatever the thresholds say', async () => {
  const { lines, end, result } = setUp();
  const problem = 'exec: "none": executable file not found in $PATH';
  end({ type: 'not-started', problem });
  expect(await result).toEqual({ status: 'critical', output: problem, skipsThresholds: true });
  expect(lines).toEqual([
    `ERROR agent: Check failed to invoke ${JSON.stringify({ check: 'c', error: problem })}`,
  ]);
});

test.each([
  ['', 'Timed out (1.5s) running check'],
  ['half\n', 'Timed out (1.5s) running check\n\nhalf\n'],
])('a program that takes too long is critical with what it has written: %j', async (written, output) => {
  const { lines, stop, end, leave, result } = setUp({ Timeout: 1_500_000_000n });
  stop.abort(timeoutReason());
  end({ type: 'stopped', problem: undefined }, written);
  const { ended, ...rest } = await result;
  expect(rest).toEqual({ status: 'critical', output, skipsThresholds: true });
  expect(lines.filter((line) => line.startsWith('WARN'))).toEqual([
    'WARN agent: Timed out running check {"check":"c","timeout":"1.5s"}',
  ]);
  leave();
  await ended;
});

test('a program that cannot be killed is told of; without a timeout of its own it has 30 seconds', async () => {
  const { lines, stop, end, result } = setUp();
  stop.abort(timeoutReason());
  end({ type: 'stopped', problem: 'operation not permitted' });
  expect((await result).output).toBe('Timed out (30s) running check');
  expect(lines).toContain(
    'WARN agent: Check failed to kill after timeout {"check":"c","error":"operation not permitted"}',
  );
});

test('the end of a check that is removed is no timeout', async () => {
  const { lines, stop, end, result } = setUp();
  stop.abort(new Error('removed'));
  end({ type: 'stopped', problem: undefined });
  await result;
  expect(lines.filter((line) => line.startsWith('WARN'))).toEqual([]);
});
