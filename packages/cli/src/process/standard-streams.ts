import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import process from 'node:process';
import type { LineSink } from '../line-output.ts';
import { exitFailure } from '../output.ts';

/** What a shell reports for a process whose reader went away (128 + SIGPIPE). */
const exitBrokenPipe = 141;

/**
 * For a command whose output is what it was asked for: a reader that goes away ends it without a message, and an
 * output that fails otherwise ends it with one sentence.
 */
export function endWhenOutputFails(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(exitBrokenPipe);
      writeToStderr(stream === process.stdout ? `Error writing the output: ${error.message}\n` : '');
      process.exit(exitFailure);
    });
  }
}

/** Writes to standard error at once. It may have failed too; then the text is lost. */
export function writeToStderr(text: string): void {
  try {
    writeSync(2, text);
  } catch {
    // There is no other place to write to.
  }
}

/** For a command that runs on when its output fails: text for `stream` is lost then, and when it has no reader. */
export function ignoreFailures(stream: NodeJS.WriteStream): void {
  stream.on('error', () => undefined);
  if ('_handle' in stream) unblock(stream._handle);
}

/** Node makes terminals block: one that is stopped (Ctrl-S) or not read would stop the whole process. */
function unblock(handle: unknown): void {
  if (typeof handle !== 'object' || handle === null || !('setBlocking' in handle)) return;
  if (typeof handle.setBlocking === 'function') handle.setBlocking(false);
}

/** Writes at once whatever the stream is; for text where losing some is better than ending. */
export function writeText(stream: NodeJS.WriteStream, text: string | Uint8Array): void {
  try {
    stream.write(text);
  } catch (error) {
    // Files are written at once and throw; pipes and terminals emit the same error later.
    stream.emit('error', error);
  }
}

/**
 * Standard output as a sink, after `ignoreFailures`. Pipes and terminals never block the process; a file is written at
 * once.
 */
export function stdoutSink(): LineSink {
  const stream: NodeJS.WriteStream = process.stdout;
  if (!(stream instanceof Socket)) return new FileSink('stdout', () => process.stdout.fd);
  return {
    name: 'stdout',
    write: (text, done) => void stream.write(text, (error) => done(error ?? undefined)),
  };
}

/** A file that takes all of a text or says why not. `fd` may be another one from call to call. */
export class FileSink implements LineSink {
  readonly name: string;
  readonly #fd: () => number;
  /** A full disk has taken the first part of a line only. */
  #isTorn = false;

  constructor(name: string, fd: () => number) {
    this.name = name;
    this.#fd = fd;
  }

  write(text: string, done: (fault?: Error) => void): void {
    const bytes = Buffer.from(this.#isTorn ? `\n${text}` : text);
    let written = 0;
    try {
      const fd = this.#fd();
      while (written < bytes.length) written += writeSync(fd, bytes, written);
    } catch (error) {
      // The newline in front of the text may be all that was taken.
      this.#isTorn = written > 0 ? bytes[written - 1] !== 0x0a : this.#isTorn;
      done(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    this.#isTorn = false;
    done();
  }
}
