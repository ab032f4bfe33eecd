import { close, url } from 'node:inspector';
import process from 'node:process';
import type { CliSignal } from '../io.ts';

const exitSecondSignal = 1;
const stopSignals = ['SIGINT', 'SIGTERM'] as const;
const agentSignals: readonly CliSignal[] = ['SIGUSR1', 'SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * The signals of this process from its first statement on. For an agent, signals that arrive while it is loaded
 * wait for the first listener, each kind once; a second request to stop ends the process even then. For other
 * commands signals have their usual effect until one listens, and only requests to stop are listened for. SIGUSR1 never opens Node's debugger.
 */
export class SignalInbox {
  /** Whether the command line starts an agent. */
  readonly isAgent: boolean;
  /** When the requests to stop came, by `performance.now()`. */
  readonly stopsMs: number[] = [];
  readonly #waiting: CliSignal[] = [];
  #listener: ((signal: CliSignal) => void) | undefined;

  constructor(args: readonly string[]) {
    this.isAgent = args.find((arg) => !arg.startsWith('-')) === 'agent';
    if (!this.isAgent) {
      process.on('SIGUSR1', closeUnaskedDebugger);
      return;
    }
    for (const signal of agentSignals) process.on(signal, () => this.#take(signal));
  }

  /** Hands over what waits, and all that follows until the returned function is called. */
  listen(listener: (signal: CliSignal) => void): () => void {
    closeUnaskedDebugger();
    this.#listener = listener;
    for (const signal of this.#waiting.splice(0)) listener(signal);
    if (!this.isAgent) for (const signal of stopSignals) process.on(signal, listener);
    return () => {
      this.#listener = undefined;
      if (!this.isAgent) for (const signal of stopSignals) process.off(signal, listener);
    };
  }

  #take(signal: CliSignal): void {
    if (signal === 'SIGUSR1') closeUnaskedDebugger();
    const isStop = signal === 'SIGINT' || signal === 'SIGTERM';
    if (isStop) this.stopsMs.push(performance.now());
    if (this.#listener !== undefined) {
      this.#listener(signal);
      return;
    }
    if (isStop && this.stopsMs.length > 1) process.exit(exitSecondSignal);
    if (!this.#waiting.includes(signal)) this.#waiting.push(signal);
  }
}

/** A SIGUSR1 that came before our first statement has opened the debugger; `--inspect` opens one that is wanted. */
function closeUnaskedDebugger(): void {
  const asked = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ').includes('--inspect');
  if (!asked && url() !== undefined) close();
}
