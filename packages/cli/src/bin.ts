#!/usr/bin/env node
import process from 'node:process';
import { SignalInbox } from './process/signal-inbox.ts';

// Loading the rest takes tenths of a second, in which a signal would have Node's own effect: SIGHUP ends the
// process and SIGUSR1 opens a debugger.
const signals = new SignalInbox(process.argv.slice(2));
const { runProcess } = await import('./process/run-process.ts');
await runProcess(signals);
