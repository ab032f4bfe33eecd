import { withFirstOf } from '@hobnob/gossip/runtime';
import { AgentClientError } from './client-error.ts';

/** What a deadline needs of the process. */
export interface LimitPorts {
  /** Calls `wake` once after the time, unless the returned function is called before. */
  wakeAfter(ms: number, wake: () => void): () => void;
}

/** The timers of this process. */
export const processTimers: LimitPorts = {
  wakeAfter(ms, wake) {
    const timer = setTimeout(wake, ms);
    return () => clearTimeout(timer);
  },
};

/**
 * Runs requests that end after `ms`: an agent whose connection is silent answers nothing, and nobody tells.
 * @throws AgentClientError CLIENT_CONNECTION when the time has passed; the reason of the outer signal.
 */
export async function limited<T>(
  ports: LimitPorts,
  ms: number,
  outer: AbortSignal,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const cancel = ports.wakeAfter(ms, () => {
    const text = `no answer within ${Math.round(ms)} ms`;
    late.abort(new AgentClientError('CLIENT_CONNECTION', text, { method: '', url: '' }));
  });
  try {
    return await withFirstOf([outer, late.signal], run);
  } finally {
    cancel();
  }
}
