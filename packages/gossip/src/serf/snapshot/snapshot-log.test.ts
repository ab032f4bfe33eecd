import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { GossipEvent } from '../../events.ts';
import type { Member } from '../../member.ts';
import { SnapshotLog } from './snapshot-log.ts';
import { recoverSnapshot, type Snapshot } from './snapshot-recovery.ts';

const emptySnapshot: Snapshot = {
  alive: new Map(),
  failed: new Map(),
  seeds: [],
  incarnation: 0,
  lamportTime: 0,
  eventTime: 0,
  queryTime: 0,
};
const versions = {
  protocolMin: 1,
  protocolMax: 5,
  protocolCur: 2,
  delegateMin: 2,
  delegateMax: 5,
  delegateCur: 5,
};

function member(name: string, host = '10.0.0.1'): Member {
  return { name, address: { host, port: 7946 }, tags: {}, status: 'alive', versions };
}

function newLog({ rejoinAfterLeave = false, recovered = emptySnapshot } = {}): SnapshotLog {
  return new SnapshotLog(recovered, { rejoinAfterLeave });
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}

function event(type: 'member-join' | 'member-failed' | 'member-leave' | 'member-reap', ...members: Member[]) {
  return { type, members } as const;
}

describe('the lines', () => {
  test('of members are those of Serf, with comments for what Serf does not store', () => {
    const log = newLog();
    log.record(event('member-join', member('a'), member('b b', 'fe80::1')));
    log.record(event('member-failed', member('a')));
    log.record(event('member-leave', member('b b', 'fe80::1')));
    log.recordSeeds(['seed.example']);
    expect(textOf(log.takeLines())).toBe(
      [
        'alive: a 10.0.0.1:7946',
        'alive: b b [fe80::1]:7946',
        'not-alive: a',
        '# hobnob failed: a 10.0.0.1:7946',
        'not-alive: b b',
        '# hobnob seed: seed.example',
        '',
      ].join('\n'),
    );
    expect(log.takeLines()).toHaveLength(0);
  });

  test('are not written again for known state', () => {
    const alive = new Map([['a', member('a').address]]);
    const log = newLog({ recovered: { ...emptySnapshot, alive, lamportTime: 9 } });
    log.record(event('member-join', member('a')));
    log.record({ type: 'member-update', members: [member('a')] });
    log.recordCounters({ lamportTime: 9, eventTime: 0, queryTime: 0, incarnation: 0 });
    expect(log.takeLines()).toHaveLength(0);
    log.record({ type: 'member-update', members: [member('a', '10.0.0.9')] });
    expect(textOf(log.takeLines())).toBe('alive: a 10.0.0.9:7946\n');
  });

  test('of clocks and the incarnation are written when they grow', () => {
    const log = newLog();
    log.recordCounters({ lamportTime: 2, eventTime: 0, queryTime: 0, incarnation: 1 });
    log.recordCounters({ lamportTime: 1, eventTime: 4, queryTime: 5, incarnation: 1 });
    expect(textOf(log.takeLines())).toBe(
      'clock: 2\n# hobnob incarnation: 1\nevent-clock: 4\nquery-clock: 5\n',
    );
  });

  test('end with a leave, after which nothing is recorded', () => {
    const log = newLog();
    log.record(event('member-join', member('a')));
    log.recordLeave();
    log.recordLeave();
    log.record(event('member-failed', member('a')));
    log.recordCounters({ lamportTime: 8, eventTime: 8, queryTime: 8, incarnation: 8 });
    log.recordSeeds(['seed']);
    expect(textOf(log.takeLines())).toBe('alive: a 10.0.0.1:7946\nleave\n');
  });

  test('cannot be forged by a name with a line break', () => {
    const log = newLog();
    log.record(event('member-join', member('a\nleave')));
    log.record(event('member-failed', member('a\nleave')));
    log.recordSeeds(['x\nleave']);
    expect(log.takeLines()).toHaveLength(0);
  });
});

test('compaction is due beyond 128 KiB, or beyond 256 bytes for each live member', () => {
  const log = newLog();
  expect([log.isCompactionDue(131_072), log.isCompactionDue(131_073)]).toEqual([false, true]);
  for (let i = 0; i < 1000; i += 1) log.record(event('member-join', member(`m${i}`)));
  expect([log.isCompactionDue(256_000), log.isCompactionDue(256_001)]).toEqual([false, true]);
});

test('lines that are not taken are bounded: compaction is then due', () => {
  const log = newLog();
  for (let i = 0; i < 2000; i += 1) {
    log.record(event('member-join', member('flapping member', '10.0.0.1')));
    log.record(event('member-leave', member('flapping member', '10.0.0.1')));
    if (log.isCompactionDue(0)) log.compacted();
  }
  expect(log.takeLines().length).toBeLessThan(140_000);
});

const name = fc.oneof(
  fc.constantFrom('a', 'b', 'c', 'with space', 'ü', ' ', '# x', 'leave'),
  fc.string({ minLength: 1, maxLength: 10 }),
);
const host = fc.constantFrom('10.0.0.1', '10.0.0.2', 'fe80::1', '::');
const count = fc.nat({ max: 1000 });
const change = fc.oneof(
  fc.tuple(
    fc.constantFrom('member-join', 'member-update', 'member-failed', 'member-leave', 'member-reap'),
    name,
    host,
  ),
  fc.tuple(fc.constant('count'), count, count),
  fc.tuple(fc.constant('seed'), name),
);

function apply(log: SnapshotLog, [type, first, second]: readonly (string | number)[]): void {
  if (type === 'count') {
    const [time, other] = [Number(first), Number(second)];
    log.recordCounters({ lamportTime: time, eventTime: other, queryTime: time + other, incarnation: time });
  } else if (type === 'seed') {
    log.recordSeeds([String(first)]);
  } else {
    const members = [member(String(first), String(second))];
    log.record({ type, members } as GossipEvent);
  }
}

test('the appended lines and a compacted file recover the same state, and again after recovery', () => {
  const option = fc.record({ leaves: fc.boolean(), rejoinAfterLeave: fc.boolean() });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 80 }), option, (history, { leaves, rejoinAfterLeave }) => {
      const log = newLog({ rejoinAfterLeave });
      for (const one of history) apply(log, one);
      if (leaves) log.recordLeave();
      const appended = recoverSnapshot(log.takeLines(), { rejoinAfterLeave });
      expect(appended.skippedCount).toBe(0);
      const anew = recoverSnapshot(log.compacted(), { rejoinAfterLeave });
      expect(sorted(anew)).toEqual(sorted(appended));
      const next = newLog({ rejoinAfterLeave, recovered: anew });
      expect(sorted(recoverSnapshot(next.compacted(), { rejoinAfterLeave }))).toEqual(sorted(appended));
    }),
  );
});

test('of too many failed members and seeds the last ones are remembered', () => {
  const log = newLog();
  const names = Array.from({ length: 1030 }, (_, i) => `m${i}`);
  for (const one of names) log.record(event('member-failed', member(one)));
  log.recordSeeds(names.slice(0, 70));
  for (const bytes of [log.takeLines(), log.compacted()]) {
    const { failed, seeds, skippedCount } = recoverSnapshot(bytes, { rejoinAfterLeave: false });
    expect([...failed.keys()]).toEqual(names.slice(6));
    expect(seeds).toEqual(names.slice(6, 70));
    expect(skippedCount).toBe(0);
  }
});

/** The order of members does not matter. */
function sorted({ alive, failed, ...rest }: Snapshot): object {
  return { ...rest, alive: [...alive].toSorted(), failed: [...failed].toSorted() };
}
