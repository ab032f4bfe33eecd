import { parentPort } from 'node:worker_threads';
import { OutputPipes } from './output-pipes.ts';
import type { ProgramReply, ProgramTask } from './program-messages.ts';
import { type ProgramToRun, programRunner } from './run-program.ts';
import { startGroup } from './start-child.ts';

/**
 * The thread that starts programs. To start one the system copies the tables of this process's memory, which takes
 * milliseconds while nothing else happens in the thread that asks for it.
 */

const port = parentPort;
if (port === null) throw new Error('this file is the program of a worker thread');

const pipes = new OutputPipes();
const runProgram = programRunner((given) => startGroup({ ...given, pipe: pipes.open() }));
const running = new Map<number, AbortController>();

function reply(message: ProgramReply): void {
  port?.postMessage(message);
}

function run(id: number, program: ProgramToRun): void {
  const stop = new AbortController();
  running.set(id, stop);
  const { outcome, gone } = runProgram(program, stop.signal);
  const told = outcome.then((left) =>
    // A copy: what is sent of a view is all that it is a view of.
    reply({ kind: 'outcome', id, outcome: { ...left, output: new Uint8Array(left.output) } }),
  );
  void Promise.all([told, gone]).then(() => {
    running.delete(id);
    reply({ kind: 'gone', id });
  });
}

port.on('message', (task: ProgramTask) => {
  switch (task.kind) {
    case 'run':
      run(task.id, task.program);
      break;
    case 'stop':
      running.get(task.id)?.abort();
      break;
    case 'close':
      for (const stop of running.values()) stop.abort();
      pipes.close();
      reply({ kind: 'closed' });
      break;
  }
});
