import type { Child, ChildEnd, ChildToStart } from '@hobnob/agent/programs';

/** A program of a test, which ends when the test says so. */
export interface FakeChild extends Child {
  readonly given: ChildToStart;
  /** The signals it got. */
  readonly signals: string[];
  end(end: ChildEnd): void;
}

/** Starts programs that only remember what they were given. */
export function fakeChildren(onSignal: (child: FakeChild, signal: string) => void = () => undefined) {
  const started: FakeChild[] = [];
  let announce: (child: FakeChild) => void = () => undefined;
  const first = new Promise<FakeChild>((resolve) => {
    announce = resolve;
  });
  const startChild = (given: ChildToStart): Child => {
    let end: (end: ChildEnd) => void = () => undefined;
    const ended = new Promise<ChildEnd>((resolve) => {
      end = resolve;
    });
    const signals: string[] = [];
    const child: FakeChild = {
      pid: 100 + started.length,
      given,
      signals,
      ended,
      end,
      kill(signal) {
        signals.push(signal);
        onSignal(child, signal);
        return undefined;
      },
    };
    started.push(child);
    announce(child);
    return child;
  };
  return { started, first, startChild };
}
