import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Address } from '../../../packages/gossip/src/wire/address.ts';
import { callsOf } from '../../interop/child-calls.ts';
import { PeerProcess } from '../../interop/peer-process.ts';
import { startSerf } from '../../interop/serf-agent.ts';
import { waitUntil } from '../../interop/wait-until.ts';

const childProgram = fileURLToPath(new URL('../../interop/hobnob-child.mjs', import.meta.url));
const gossipPort = 7946;
const mib = 2 ** 20;

/** A member whose memory is measured, in a process of its own. */
export interface Target extends AsyncDisposable {
  readonly name: string;
  readonly address: Address;
  readonly pid: number | undefined;
  /** How many members it knows, itself included; asked for without listing them. */
  membersCount(): Promise<number>;
  /** What of its heap is in use, in MiB, with as little garbage as can be had; takes a minute. */
  heapMiB(): Promise<number>;
}

/** A real serf agent as it comes, with its LAN profile. */
export async function startSerfTarget(name: string, host: string): Promise<Target> {
  const serf = await startSerf({ version: '0.10.1', name, host, profile: 'lan' });
  return {
    name,
    address: { host, port: gossipPort },
    pid: serf.pid,
    membersCount: async () => {
      const info: SerfInfo = JSON.parse(await serf.command('info', '-format=json'));
      return Number(info.serf.members);
    },
    heapMiB: async () => {
      // It collects its garbage once in two minutes when idle: the lower of two measurements is the live heap.
      if (serf.pid !== undefined) process.kill(serf.pid, 'SIGUSR1');
      await delay(60_000);
      if (serf.pid !== undefined) process.kill(serf.pid, 'SIGUSR1');
      const bytes = await waitUntil('serf has printed its metrics twice', () => {
        const values = serf.log().flatMap((line) => line.match(allocatedBytes)?.[1] ?? []);
        return values.length >= 10 && values.map(Number);
      });
      return Math.min(...bytes) / mib;
    },
    [Symbol.asyncDispose]: () => serf.dispose(),
  };
}

interface SerfInfo {
  readonly serf: { readonly members: string };
}

/** One of the gauges that serf prints, for each ten seconds of the last minute, when it is asked to by SIGUSR1. */
const allocatedBytes = /runtime\.alloc_bytes': ([\d.]+)/;

/** Our library in a small program, with its LAN profile. */
export async function startHobnobTarget(name: string, host: string): Promise<Target> {
  const options = { name, profile: 'lan', bind: { host, port: gossipPort } };
  const child = await PeerProcess.start(() => ({
    command: process.execPath,
    args: ['--expose-gc', childProgram, JSON.stringify(options)],
    stdin: 'pipe',
  }));
  await child.waitForLine(/^ready$/);
  const call = callsOf(child);
  return {
    name,
    address: { host, port: gossipPort },
    pid: child.pid,
    membersCount: async () => {
      const { membersCount } = (await call('stats')) as { readonly membersCount: number };
      return membersCount;
    },
    heapMiB: async () => {
      const { heapUsed, external } = (await call('memory')) as NodeJS.MemoryUsage;
      return (heapUsed + external) / mib;
    },
    [Symbol.asyncDispose]: () => child.dispose(),
  };
}
