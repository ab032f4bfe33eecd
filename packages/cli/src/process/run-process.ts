import { randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import process from 'node:process';
import { buffer as readBytes, text as readText } from 'node:stream/consumers';
import { createClient, readClientTls } from '@hobnob/agent/client';
import { startChild } from '@hobnob/agent/programs';
import { writeRegularFile } from '@hobnob/gossip/files';
import { type CliIo, runProgram } from '../program.ts';
import { endProcess, findTerminals } from './end-process.ts';
import { LogFile } from './log-file.ts';
import { notifyServiceManager } from './service-manager.ts';
import type { SignalInbox } from './signal-inbox.ts';
import { endWhenOutputFails, ignoreFailures, stdoutSink, writeText } from './standard-streams.ts';

/** Twice what the longest request takes: a join of a name with many addresses. */
const answerDeadlineMs = 60_000;
/** How long an agent waits for its last lines to be written. */
const lastLinesMs = 200;
/** By when an agent is gone after the first request to stop, and how soon at the earliest it ends by force. */
const goneMs = 8_900;
const forceMsMin = 200;

/** Runs the command line of this process and ends the process. */
export async function runProcess(signals: SignalInbox): Promise<never> {
  const terminals = findTerminals();
  if (signals.isAgent) for (const stream of [process.stdout, process.stderr]) ignoreFailures(stream);
  else endWhenOutputFails();
  const code = await runProgram(process.argv.slice(2), processIo(signals));
  // What was written must be out before the process ends; an agent does not wait for a reader that has stalled.
  const written = Promise.all([process.stdout, process.stderr].map(drained));
  await (signals.isAgent ? Promise.race([written, delay(lastLinesMs)]) : written);
  return endProcess(code, {
    terminals,
    deadlineMs: signals.isAgent ? remainingMs(signals.stopsMs) : Number.POSITIVE_INFINITY,
  });
}

/** A second request to stop leaves no time. */
function remainingMs([first, second]: readonly number[]): number {
  if (second !== undefined) return forceMsMin;
  const sinceMs = first === undefined ? 0 : performance.now() - first;
  return Math.max(forceMsMin, goneMs - sinceMs);
}

/** Resolves when everything before is written or has failed, and listeners for errors have run. */
function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => resolve());
  });
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function processIo(signals: SignalInbox): CliIo {
  return {
    commandName: basename(process.argv[1] ?? '') === 'consul' ? 'consul' : 'hobnob',
    env: process.env,
    pid: process.pid,
    files: {
      readText: (path) => readFile(path, 'utf8'),
      readBytes: (path) => readFile(path),
      writeText: writeRegularFile,
      remove: (path) => rm(path),
    },
    readStdin: () => readText(process.stdin),
    readStdinBytes: () => readBytes(process.stdin),
    stdout: (text) => writeText(process.stdout, text),
    stdoutBytes: (bytes) => writeText(process.stdout, bytes),
    stderr: (text) => writeText(process.stderr, text),
    stdoutSink,
    openLogFile: (options) => new LogFile(options, wallClockNs),
    readClientTls,
    createClient: (options) => createClient({ ...options, deadlineMs: answerDeadlineMs }),
    loadAgent: () => import('@hobnob/agent'),
    startChild,
    randomBytes,
    onSignal: (listener) => signals.listen(listener),
    wakeAfter(delayMs, wake) {
      const timer = setTimeout(wake, delayMs);
      return () => clearTimeout(timer);
    },
    notifyServiceManager,
    now: () => ({ ms: Date.now(), offsetMinutes: -new Date().getTimezoneOffset() }),
    monotonicUs: () => process.hrtime.bigint() / 1000n,
  };
}

function wallClockNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}
