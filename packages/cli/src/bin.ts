#!/usr/bin/env node
import { randomBytes } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { createClient } from '@hobnob/agent/client';
import { type CliIo, type CliSignal, runProgram } from './program.ts';

/** What a shell reports for a process whose reader went away (128 + SIGPIPE). */
const exitBrokenPipe = 141;
const signals: readonly CliSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const io: CliIo = {
  commandName: basename(process.argv[1] ?? '') === 'consul' ? 'consul' : 'hobnob',
  env: process.env,
  pid: process.pid,
  files: {
    readText: (path) => readFile(path, 'utf8'),
    writeText: (path, text) => writeFile(path, text),
    remove: (path) => rm(path),
  },
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  createClient,
  loadAgent: () => import('@hobnob/agent'),
  randomBytes,
  onSignal(listener) {
    for (const signal of signals) process.on(signal, listener);
    return () => {
      for (const signal of signals) process.off(signal, listener);
    };
  },
};

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitBrokenPipe);
    throw error;
  });
}

const exitCode = await runProgram(process.argv.slice(2), io);
// What was written must be out before the process ends; an agent that was told twice must not linger.
await Promise.all(
  [process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))),
);
process.exit(exitCode);
