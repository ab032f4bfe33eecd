import { VirtualClock } from '@hobnob/gossip/testing';
import { LeaderTimers } from '../src/leader/leader-timers.ts';
import type { SessionEnd } from '../src/leader/session-timers.ts';
import type { Outcome } from '../src/log/command-log.ts';
import { SingleLog } from '../src/log/single-log.ts';
import {
  create,
  type DirEntry,
  type KvOp,
  KvsRequest,
  Session,
  SessionRequest,
} from '../src/records/index.ts';
import type { Command } from '../src/store/commands.ts';
import { WatchedStore } from '../src/watch/watched-store.ts';
import { entry } from './key-calls.ts';
import { register } from './requests.ts';

type Propose = (command: Command) => Promise<Outcome>;

/** The id of a session. */
export function idOf(count: number): string {
  return `00000000-0000-0000-0000-${String(count).padStart(12, '0')}`;
}

/** The timers of a leader on clocks that stand still, with the node `n1` at index 1. They are not started. */
export async function startTimers() {
  const clock = new VirtualClock();
  const state = new WatchedStore({ clock });
  const log = new SingleLog({ machine: state, address: '127.0.0.1:8300' });
  const deadlines = new Set<number>();
  const proposed: Command[] = [];
  const ends: SessionEnd[] = [];
  const problems: string[] = [];
  const apply: Propose = (command) => log.propose(command);
  let answer = apply;
  let aheadMs = Date.UTC(2026, 0, 1);
  const timers = new LeaderTimers({
    state,
    log: {
      propose: (command) => {
        proposed.push(command);
        return answer(command);
      },
    },
    clock: {
      nowMs: () => clock.nowMs(),
      wakeAt(deadlineMs, wake) {
        deadlines.add(Math.max(deadlineMs, clock.nowMs()));
        return clock.wakeAt(deadlineMs, wake);
      },
    },
    wallClock: { nowMs: () => clock.nowMs() + aheadMs },
    datacenter: 'dc1',
    onSessionEnd: (event) => ends.push(event),
    onProblem: (what, problem) => problems.push(`${what}: ${problem}`),
  });
  await apply(register({ node: 'n1' }));
  return {
    clock,
    state,
    log,
    timers,
    /** What the timers proposed. */
    proposed,
    ends,
    problems,
    /** Decides what becomes of proposals of the timers; without an argument the log does. */
    answerWith(next: Propose = apply): void {
      answer = next;
    },
    /** Sets the wall clock forward or back. */
    setWallClock(byMs: number): void {
      aheadMs += byMs;
    },
    /** Moves both clocks to every time at which a timer is due: what is proposed then is done before they move on. */
    async pass(ms: number): Promise<void> {
      const untilMs = clock.nowMs() + ms;
      for (;;) {
        await settle();
        const nextMs = Math.min(...deadlines);
        if (nextMs > untilMs) break;
        deadlines.delete(nextMs);
        clock.runUntil(nextMs);
      }
      clock.runUntil(untilMs);
    },
    kvs: (Op: KvOp, key: string, given: Partial<DirEntry> = {}) =>
      apply({ type: 2, body: create(KvsRequest, { Datacenter: 'dc1', Op, DirEnt: entry(key, given) }) }),
    session: (ID: string, TTL: string, given: Partial<Session> = {}) =>
      apply(sessionCommand('create', { ID, TTL, Node: 'n1', ...given })),
    destroy: (ID: string) => apply(sessionCommand('destroy', { ID })),
    sessionOf(id: string): Session | undefined {
      return state.tables.sessions.get(id.replaceAll('-', ''));
    },
    keys: () => state.tables.kvs.list('').map(({ Key }) => Key),
  };
}

function sessionCommand(Op: string, session: Partial<Session>): Command {
  return {
    type: 3,
    body: create(SessionRequest, { Datacenter: 'dc1', Op, Session: create(Session, session) }),
  };
}

/** Lets every proposal have its outcome. */
async function settle(): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
}
