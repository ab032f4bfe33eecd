import type { CliIo, CliSignal } from '../io.ts';

/** A signal that asks a process to stop. */
export type StopSignal = Exclude<CliSignal, 'SIGHUP'>;

/** The signals of one run of an agent. */
export interface SignalWatch {
  /** The first request to stop. */
  readonly first: Promise<StopSignal>;
  /** The second: whoever sends it will not wait any more. */
  readonly second: Promise<StopSignal>;
  end(): void;
}

/** Listens from now on; `onHangup` is told of every SIGHUP. */
export function watchSignals(io: CliIo, onHangup: () => void): SignalWatch {
  const first = deferred<StopSignal>();
  const second = deferred<StopSignal>();
  let stopsSeen = 0;
  const end = io.onSignal((signal) => {
    if (signal === 'SIGHUP') {
      onHangup();
      return;
    }
    stopsSeen += 1;
    (stopsSeen === 1 ? first : second).resolve(signal);
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
