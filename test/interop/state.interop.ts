import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { HobnobPeer } from './hobnob-peer.ts';
import { statusSeenBy } from './peer.ts';
import { peersFolder } from './peer-process.ts';
import { LoopbackAddresses, Peers } from './peers.ts';
import { complaints } from './pools.ts';
import type { SerfPeer, SerfVersion } from './serf-agent.ts';

const addresses = new LoopbackAddresses(14);
const versions = ['0.9.4', '0.10.1'] as const;

type OnEnd = (dispose: () => Promise<void>) => void;

/** A real agent that stays, and a member that restarts from a snapshot that ours or a real agent wrote. */
class Scene {
  readonly peers: Peers;
  readonly path: string;
  readonly host = addresses.next();
  readonly #version: SerfVersion;

  constructor(version: SerfVersion, onEnd: OnEnd) {
    const folder = mkdtempSync(join(tmpdir(), 'hobnob-state-'));
    onEnd(async () => rmSync(folder, { recursive: true, force: true }));
    this.path = join(folder, 'snapshot');
    this.peers = new Peers(addresses, onEnd);
    this.#version = version;
  }

  get text(): string {
    return readFileSync(this.path, 'utf8');
  }

  anchor(): Promise<SerfPeer> {
    return this.peers.serf({ version: this.#version, name: 'anchor' });
  }

  real(): Promise<SerfPeer> {
    const config = { snapshot_path: this.path };
    return this.peers.serf({ version: this.#version, name: 'a node', host: this.host, config });
  }

  ours({ rejoinAfterLeave = false } = {}): Promise<HobnobPeer> {
    const snapshot = { path: this.path, rejoinAfterLeave };
    return this.peers.hobnob({ name: 'a node', host: this.host, snapshot });
  }

  /** Until the file says all of that. */
  async waitForLines(...lines: readonly RegExp[]): Promise<void> {
    await this.peers.waitUntil(`the snapshot says ${lines.join(' and ')}`, () =>
      lines.every((line) => line.test(this.text)),
    );
  }

  /** Until ours has found the pool again. */
  async waitForRejoin(ours: HobnobPeer): Promise<void> {
    await this.peers.waitUntil('ours is back', () => ours.gossip.stats().snapshot?.rejoin === 'done');
  }
}

function lastTime(text: string, clock: string): number {
  const times = text.split('\n').filter((line) => line.startsWith(`${clock}: `));
  return Number(times.at(-1)?.slice(clock.length + 2));
}

/** What a real agent says of lines that it does not know, and of events that it takes for new. */
function linesAbout(peer: SerfPeer, pattern: RegExp): string[] {
  return peer.log().filter((line) => pattern.test(line));
}

describe.runIf(peersFolder !== undefined).each(versions)(
  'what is kept and measured, with serf %s',
  { concurrent: true },
  (version) => {
    test('serf rtt estimates the round trip to ours, and ours the round trip to serf', async ({
      onTestFinished,
    }) => {
      const { peers } = new Scene(version, onTestFinished);
      const theirs = await peers.serf({ version, name: 'theirs' });
      const ours = await peers.hobnob({ name: 'ours' });
      await ours.join(theirs.address);
      const value = /(?<=Estimated ours <-> theirs rtt: )[\d.]+(?= ms)/;
      const printed = await peers.waitUntil(
        'serf rtt prints a value',
        async () => value.exec(await theirs.command('rtt', 'ours', 'theirs'))?.[0],
      );
      expect(Number(printed)).toBeGreaterThan(0);
      expect(Number(printed)).toBeLessThan(100);
      const estimate = await peers.waitUntil('ours has measured', () => ours.gossip.rttMs('theirs'));
      expect(estimate).toBeGreaterThan(0);
      expect(estimate).toBeLessThan(100);
      expect(ours.gossip.coordinate('theirs')?.vec).toHaveLength(8);
      expect(ours.gossip.stats()).toMatchObject({ coordinateResets: 0 });
      expect(ours.gossip.stats().dropped).not.toHaveProperty('coordinate');
      expect(complaints(theirs)).toEqual([]);
      expect(linesAbout(theirs, /\[ERR\]|ping version|coordinate/i)).toEqual([]);
    });

    test('ours restarts from the snapshot of a real agent', async ({ onTestFinished }) => {
      const scene = new Scene(version, onTestFinished);
      const anchor = await scene.anchor();
      const real = await scene.real();
      await real.join(anchor.address);
      // A real agent checks whether to flush only when it writes another line.
      const isWritten = async (): Promise<boolean> => {
        await anchor.command('event', 'tick');
        const { text } = scene;
        return [/^alive: anchor /m, /^event-clock: [1-9]/m, /^clock: [1-9]/m].every((line) =>
          line.test(text),
        );
      };
      await scene.peers.waitUntil('the real agent has written', isWritten, { everyMs: 600 });
      await real.crash();
      const before = scene.text;
      const ours = await scene.ours();
      await scene.waitForRejoin(ours);
      await scene.peers.waitUntilAllAlive(ours, anchor);
      const { memberTime, eventTime } = ours.gossip.stats();
      expect(memberTime).toBeGreaterThan(lastTime(before, 'clock'));
      expect(eventTime).toBeGreaterThan(lastTime(before, 'event-clock'));
      expect(ours.log().filter((line) => /skipped|^error/.test(line))).toEqual([]);
      expect(complaints(anchor)).toEqual([]);
    });

    test('a real agent restarts from the snapshot of ours, and replays no event', async ({
      onTestFinished,
    }) => {
      const scene = new Scene(version, onTestFinished);
      const anchor = await scene.anchor();
      const other = await scene.peers.serf({ version, name: 'gone' });
      const ours = await scene.ours();
      await ours.join(anchor.address);
      await other.join(anchor.address);
      await anchor.command('event', 'deploy', 'first');
      await scene.waitForLines(/^alive: anchor /m, /^alive: gone /m, /^event-clock: [1-9]/m);
      await other.crash();
      await scene.waitForLines(/^not-alive: gone\n# hobnob failed: gone /m);
      await ours.crash();
      const real = await scene.real();
      await scene.peers.waitForStatus(real, 'anchor', 'alive');
      await scene.peers.waitForStatus(anchor, 'a node', 'alive');
      await anchor.command('event', 'deploy', 'second');
      const received = /Received event: user-event: deploy/;
      await scene.peers.waitUntil('the second event arrives', () => linesAbout(real, received).length > 0);
      expect(linesAbout(real, received)).toHaveLength(1);
      expect(linesAbout(real, /Unrecognized snapshot line|Failed to parse/)).toEqual([]);
      expect(linesAbout(real, /Re-joined to previously known node/)).toHaveLength(1);
    });

    test('a real agent and ours use one snapshot file in turn', async ({ onTestFinished }) => {
      const scene = new Scene(version, onTestFinished);
      const anchor = await scene.anchor();
      const first = await scene.ours();
      await first.join(anchor.address);
      await scene.waitForLines(/^alive: anchor /m);
      await first.crash();
      const second = await scene.real();
      await scene.peers.waitUntilAllAlive(second, anchor);
      await second.crash();
      const third = await scene.ours();
      await scene.waitForRejoin(third);
      await scene.peers.waitUntilAllAlive(third, anchor);
      expect(linesAbout(second, /Unrecognized snapshot line|Failed to parse/)).toEqual([]);
      expect(third.log().filter((line) => /skipped/.test(line))).toEqual([]);
      expect(complaints(anchor)).toEqual([]);
    });

    test('neither rejoins a pool that ours has left, unless configured to', async ({ onTestFinished }) => {
      const scene = new Scene(version, onTestFinished);
      const anchor = await scene.anchor();
      const ours = await scene.ours({ rejoinAfterLeave: true });
      await ours.join(anchor.address);
      await scene.waitForLines(/^alive: anchor /m);
      await ours.leave();
      await ours.dispose();
      expect(scene.text).toMatch(/^leave$/m);
      const again = await scene.ours({ rejoinAfterLeave: true });
      await scene.waitForRejoin(again);
      await scene.peers.waitUntilAllAlive(again, anchor);
      await again.leave();
      await again.dispose();
      const obedient = await scene.ours();
      expect(obedient.gossip.stats().snapshot?.rejoin).toBe('none');
      await obedient.leave();
      await obedient.dispose();
      const real = await scene.real();
      expect((await real.members()).map((member) => member.name)).toEqual(['a node']);
      expect(linesAbout(real, /Re-joined|Attempting re-join/)).toEqual([]);
      expect(await statusSeenBy(anchor, 'a node')).toBe('left');
    });

    test('ours does not rejoin a pool that a real agent has left', async ({ onTestFinished }) => {
      const scene = new Scene(version, onTestFinished);
      const anchor = await scene.anchor();
      const real = await scene.real();
      await real.join(anchor.address);
      await real.leave();
      expect(scene.text).toMatch(/^alive: anchor .*^leave$/ms);
      const ours = await scene.ours();
      expect(ours.gossip.stats().snapshot?.rejoin).toBe('none');
      expect(ours.gossip.members().map((member) => member.name)).toEqual(['a node']);
    });
  },
);
