import type { CliSignal } from '../src/io.ts';
import { runProgram } from '../src/program.ts';
import { type FakeAgentBehaviour, fakeAgent } from './fake-agent.ts';
import { type FakeWorld, recordingIo } from './recording-io.ts';

export const clientFlags = ['-data-dir=data', '-bind=127.25.0.9'];
export const serverFlags = ['-server', ...clientFlags];

/** Log lines without their time, after the banner. */
export function logOf(stdout: string): readonly string[] {
  const [, log = stdout] = stdout.split('==> Log data will now stream in as it occurs:\n\n');
  return log
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/^ {4}\d{4}-\S+ /, ''));
}

/** A turn of the event loop: the command has acted on what just happened. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Starts an agent, sends the signals once it runs, and waits for its end. */
export async function session(
  argv: readonly string[],
  signals: readonly CliSignal[],
  behaviour: FakeAgentBehaviour = {},
  world: FakeWorld = {},
) {
  const agent = fakeAgent(behaviour);
  const io = recordingIo({ ...world, agent: agent.module });
  const ended = runProgram(['agent', ...argv], io);
  await agent.running;
  await turn();
  const stdoutWhenRunning = io.printed.stdout;
  const diskWhenRunning = new Map(io.disk);
  for (const signal of signals) {
    io.signal(signal);
    await turn();
  }
  const code = await ended;
  return { code, agent, io, stdoutWhenRunning, diskWhenRunning, log: logOf(io.printed.stdout) };
}
