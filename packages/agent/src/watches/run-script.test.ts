import { VirtualClock } from '@hobnob/gossip/testing';
import { expect, test } from 'vitest';
import { recordingLogger } from '../../test/recording-logger.ts';
import type { ChildEnd, GroupToStart } from '../programs/child.ts';
import type { WatchHandler } from './definition.ts';
import { runScript } from './run-script.ts';

type Program = Exclude<WatchHandler, { readonly kind: 'http' }>;

const view = { index: 13n, body: Buffer.from('{"Key":"a"}\n') };

/** A run whose program is what the test says. */
function setUp(handler: Program = { kind: 'args', args: ['x', 'a b'] }, shell?: string) {
  const clock = new VirtualClock();
  const log = recordingLogger([], 'agent');
  const stop = new AbortController();
  const started: GroupToStart[] = [];
  const signals: string[] = [];
  let end: (end: ChildEnd) => void = () => undefined;
  const ended = new Promise<ChildEnd>((resolve) => {
    end = resolve;
  });
  const startGroup = (given: GroupToStart) => {
    started.push(given);
    return {
      pid: 100,
      ended,
      kill: (signal: string) => {
        signals.push(signal);
        return undefined;
      },
    };
  };
  const done = runScript(handler, view, { clock, log, shell, startGroup }, stop.signal);
  const write = (text: string): void => started[0]?.onOutput(Buffer.from(text));
  return { clock, lines: log.lines, stop, started, signals, end, done, write };
}

test.each<[Program, string | undefined, string[]]>([
  [{ kind: 'args', args: ['x', 'a b'] }, '/bin/zsh', ['x', 'a b']],
  [{ kind: 'script', script: 'x | y' }, '/bin/zsh', ['/bin/zsh', '-c', 'x | y']],
  [{ kind: 'script', script: 'x | y' }, undefined, ['/bin/sh', '-c', 'x | y']],
  [{ kind: 'args', args: [] }, '', ['/bin/sh', '-c', '']],
])('%j is run with the view and its index', async (handler, shell, argv) => {
  const { started, end, done } = setUp(handler, shell);
  expect(started).toMatchObject([{ argv, env: { CONSUL_INDEX: '13' }, stdin: view.body }]);
  end({ type: 'exited', code: 0 });
  await done;
});

test.each<[ChildEnd, string | undefined]>([
  [{ type: 'exited', code: 0 }, undefined],
  [{ type: 'exited', code: 3 }, 'exit status 3'],
  [{ type: 'killed', signal: 'SIGKILL' }, 'signal: killed'],
  [
    { type: 'not-started', problem: 'fork/exec /x: no such file or directory' },
    'fork/exec /x: no such file or directory',
  ],
])('an end of %j is logged with the output', async (how, error) => {
  const { lines, end, done, write } = setUp();
  write('hi\n');
  end(how);
  await done;
  const failed = `ERROR agent: Failed to run watch handler {"watch_handler":["x","a b"],"error":"${error}"}`;
  const output = 'DEBUG agent: watch handler output {"watch_handler":["x","a b"],"output":"hi\\n"}';
  expect(lines).toEqual(error === undefined ? [output] : [failed, output]);
});

test('of a long output only the end is kept', async () => {
  const { lines, end, done, write } = setUp({ kind: 'script', script: 's' });
  for (let n = 0; n < 1_000; n += 1) write(`${'x'.repeat(9)}\n`);
  end({ type: 'exited', code: 0 });
  await done;
  const kept = `${'x'.repeat(9)}\n`.repeat(410).slice(-4_096);
  const output = `Captured 4096 of 10000 bytes\n...\n${kept}`;
  expect(lines).toEqual([
    `DEBUG agent: watch handler output ${JSON.stringify({ watch_handler: 's', output })}`,
  ]);
});

test('a program that ends at SIGTERM leaves nobody of its group behind', async () => {
  const { clock, lines, stop, signals, end, done } = setUp();
  stop.abort();
  expect(signals).toEqual(['SIGTERM']);
  end({ type: 'killed', signal: 'SIGTERM' });
  await done;
  expect(signals).toEqual(['SIGTERM', 'SIGKILL']);
  expect(clock.pendingCount).toBe(0);
  expect(lines.filter((line) => line.startsWith('ERROR'))).toEqual([]);
});

test('a program that does not end at SIGTERM is killed after two seconds', async () => {
  const { clock, stop, signals, end, done } = setUp();
  stop.abort();
  clock.advance(1_999);
  expect(signals).toEqual(['SIGTERM']);
  clock.advance(1);
  expect(signals).toEqual(['SIGTERM', 'SIGKILL']);
  end({ type: 'killed', signal: 'SIGKILL' });
  await done;
});

test('a program that has ended gets no signal', async () => {
  const { stop, signals, end, done } = setUp();
  end({ type: 'exited', code: 0 });
  await done;
  stop.abort();
  expect(signals).toEqual([]);
});
