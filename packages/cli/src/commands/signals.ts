import type { CliIo, CliSignal } from '../io.ts';

/** A signal that asks a process to stop. */
export type StopSignal = Extract<CliSignal, 'SIGINT' | 'SIGTERM'>;

/** The signals of one run of an agent. */
export interface SignalWatch {
  /** The first request to stop. */
  readonly first: Promise<StopSignal>;
  /** The second request to stop: the sender does not want to wait. */
  readonly second: Promise<StopSignal>;
  end(): void;
}

/** What signals ask for that do not stop the agent. */
export interface SignalRequests {
  /** SIGHUP. */
  onReload(): void;
  /** SIGUSR1. */
  onStats(): void;
}

/** Listens from now on. */
export function watchSignals(io: CliIo, { onReload, onStats }: SignalRequests): SignalWatch {
  const first = deferred<StopSignal>();
  const second = deferred<StopSignal>();
  let stopsSeen = 0;
  const end = io.onSignal((signal) => {
    if (signal === 'SIGHUP') {
      onReload();
    } else if (signal === 'SIGUSR1') {
      onStats();
    } else {
      stopsSeen += 1;
      (stopsSeen === 1 ? first : second).resolve(signal);
    }
  });
  return { first: first.promise, second: second.promise, end };
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
}

function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
