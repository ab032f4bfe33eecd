import { setTimeout as delay } from 'node:timers/promises';
import type { KvCalls } from './kv-calls.ts';
import { processTimers } from './limited.ts';
import type { LockCalls, LockPorts } from './lock-ports.ts';
import type { SessionCalls } from './session-calls.ts';

/** What locks need of a client. */
export function lockCalls(kv: KvCalls, session: SessionCalls): LockCalls {
  return {
    createSession: ({ name, ttl, behavior }, options) =>
      session.create({ Name: name, TTL: ttl, Behavior: behavior }, options),
    renewSession: async (id, options) => (await session.renew(id, options)) !== undefined,
    destroySession: (id, options) => session.destroy(id, options),
    get: (key, options) => kv.get(key, options),
    list: (prefix, options) => kv.list(prefix, options),
    put: (key, value, options) => kv.put(key, value, options),
    remove: (key, options) => kv.delete(key, options),
  };
}

/** The clock of this process. */
export const lockPorts: LockPorts = {
  ...processTimers,
  nowMs: () => performance.now(),
  pause: (ms, signal) =>
    delay(ms, undefined, { signal, ref: true }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    }),
  random: Math.random,
};
