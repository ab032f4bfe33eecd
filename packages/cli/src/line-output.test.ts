import { expect, test } from 'vitest';
import { LineOutput, type LineSink } from './line-output.ts';

/** A sink that takes, refuses or keeps waiting, as the test decides. */
function scriptedSink() {
  const taken: string[] = [];
  const waiting: { readonly text: string; readonly done: (fault?: Error) => void }[] = [];
  const state: { mode: 'takes' | 'refuses' | 'stalls' } = { mode: 'takes' };
  const sink: LineSink = {
    name: 'out',
    write(text, done) {
      if (state.mode === 'stalls') {
        waiting.push({ text, done });
      } else if (state.mode === 'refuses') {
        done(new Error('no space left'));
      } else {
        taken.push(text);
        done();
      }
    },
  };
  /** The reader is back: everything that waits is taken. */
  const resume = (): void => {
    state.mode = 'takes';
    for (const { text, done } of waiting.splice(0)) {
      taken.push(text);
      done();
    }
  };
  return { sink, taken, waiting, state, resume };
}

const describeLost = ({ count, to, reason }: { count: number; to: string; reason: string }): string =>
  `${count} lost to ${to}: ${reason}\n`;

test('lines that a sink refuses are counted, and the first line that it takes again comes behind a note', () => {
  const { sink, taken, state } = scriptedSink();
  const output = new LineOutput(sink, describeLost);
  output.write('one\n');
  state.mode = 'refuses';
  output.write('two\n');
  output.write('three\n');
  expect(output.lostCount).toBe(2);
  state.mode = 'takes';
  output.write('four\n');
  output.write('five\n');
  expect(taken).toEqual(['one\n', '2 lost to out: no space left\nfour\n', 'five\n']);
  expect(output.lostCount).toBe(2);
});

test('a note that is refused counts nothing twice', () => {
  const { sink, taken, state } = scriptedSink();
  const output = new LineOutput(sink, describeLost);
  state.mode = 'refuses';
  for (let line = 0; line < 5; line++) output.write('x\n');
  state.mode = 'takes';
  output.write('y\n');
  expect(taken).toEqual(['5 lost to out: no space left\ny\n']);
  expect(output.lostCount).toBe(5);
});

test('behind a reader that stalls at most 1 MiB waits, the rest is counted, and a note follows when it is back', async () => {
  const { sink, taken, waiting, state, resume } = scriptedSink();
  const output = new LineOutput(sink, describeLost);
  state.mode = 'stalls';
  const line = `${'x'.repeat(1023)}\n`;
  for (let written = 0; written < 3000; written++) output.write(line);
  expect(waiting.reduce((bytes, { text }) => bytes + text.length, 0)).toBe(1024 * 1024);
  expect(output.lostCount).toBe(3000 - 1024);
  const idle = output.idle();
  resume();
  await idle;
  expect(taken).toHaveLength(1025);
  expect(taken.at(-1)).toBe('1976 lost to out: its reader is too far behind\n');
});

test('what waits is known to be out only when all of it is', async () => {
  const { sink, state, resume } = scriptedSink();
  const output = new LineOutput(sink, describeLost);
  await output.idle();
  state.mode = 'stalls';
  output.write('x\n');
  let isIdle = false;
  const idle = output.idle().then(() => {
    isIdle = true;
  });
  await Promise.resolve();
  expect(isIdle).toBe(false);
  resume();
  await idle;
});
