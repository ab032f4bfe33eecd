import { setTimeout as delay } from 'node:timers/promises';
import { createGossip, formatAddress, type Gossip } from '@hobnob/gossip';
import { type SerfPeer, startSerf } from '../../interop/serf-agent.ts';
import { describeMachine, formatTable } from '../measure.ts';
import { missingPrograms } from './agent-process.ts';
import { ratio } from './ratio.ts';

const poolSizes = [5, 9] as const;
const profile = 'local';
const eventsCount = 100;
const pauseMs = 50;
/** Gossip is over by then, and the next push/pull, which repeats what gossip lost, mostly is not. */
const settleMs = 1_000;

/** Counts the user events that gossip did not deliver to every member, beside real serf agents with the same profile. */
export async function run(): Promise<void> {
  const missing = missingPrograms();
  if (missing !== undefined) throw new Error(missing);
  const rows: string[][] = [];
  for (const size of poolSizes) {
    const theirs = await incompleteAtSerf(size);
    const ours = await incompleteAtOurs(size);
    const share = theirs === 0 ? '-' : ratio(ours, theirs);
    rows.push([`pool of ${size}`, `${theirs}`, `${ours}`, share]);
  }
  const header = ['', 'serf 0.10.1', 'Hobnob', 'Hobnob : serf'];
  const what = `of ${eventsCount} events, so many were not everywhere ${settleMs} ms after the last, profile ${profile}`;
  process.stdout.write(`${describeMachine()}; ${what}\n\n${formatTable(header, rows)}`);
}

async function incompleteAtSerf(size: number): Promise<number> {
  const pool: SerfPeer[] = [];
  try {
    for (let i = 1; i <= size; i += 1) {
      pool.push(await startSerf({ version: '0.10.1', name: `serf-${i}`, host: `127.29.7.${i}`, profile }));
    }
    const [first] = pool;
    for (const peer of pool.slice(1)) await peer.join(first?.address ?? '');
    await delay(3_000);
    for (let i = 0; i < eventsCount; i += 1) {
      await pool[i % size]?.command('event', '-coalesce=false', eventName(i));
      await delay(pauseMs);
    }
    await delay(settleMs);
    return countIncomplete(
      pool.map((peer) => new Set(peer.log().flatMap((line) => /user-event: (\S+)/.exec(line)?.[1] ?? []))),
    );
  } finally {
    await Promise.all(pool.map((peer) => peer.dispose()));
  }
}

async function incompleteAtOurs(size: number): Promise<number> {
  const pool: Gossip[] = [];
  try {
    for (let i = 1; i <= size; i += 1) {
      pool.push(
        await createGossip({ name: `ours-${i}`, profile, bind: { host: `127.29.8.${i}`, port: 7946 } }),
      );
    }
    const seed = pool[0] === undefined ? '' : formatAddress(pool[0].bindAddress);
    for (const gossip of pool.slice(1)) await gossip.join([seed]);
    const seen = pool.map((gossip) => {
      const names = new Set<string>();
      gossip.on('user-event', ({ name }) => names.add(name));
      return names;
    });
    await delay(3_000);
    for (let i = 0; i < eventsCount; i += 1) {
      pool[i % size]?.userEvent(eventName(i));
      await delay(pauseMs);
    }
    await delay(settleMs);
    return countIncomplete(seen);
  } finally {
    await Promise.all(pool.map((gossip) => gossip.close()));
  }
}

function eventName(i: number): string {
  return `event-${i}`;
}

function countIncomplete(seen: readonly ReadonlySet<string>[]): number {
  const names = Array.from({ length: eventsCount }, (_, i) => eventName(i));
  return names.filter((name) => seen.some((known) => !known.has(name))).length;
}
