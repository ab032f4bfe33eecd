import { describe, expect, test } from 'vitest';
import { Core, type CoreEffect } from './core.ts';
import type { AdmissionPolicy } from './options/options.ts';
import { profileTimings } from './options/profiles.ts';
import { seededRng } from './testing/seeded-rng.ts';
import { hostToBytes } from './wire/address.ts';
import type { Alive } from './wire/swim-messages.ts';
import { encodeTags } from './wire/tags.ts';

const versions = {
  protocolMin: 1,
  protocolMax: 5,
  protocolCur: 2,
  delegateMin: 2,
  delegateMax: 5,
  delegateCur: 5,
};
const from = { host: '10.0.0.9', port: 7946 };

function startedCore(admission?: AdmissionPolicy): Core {
  const timing = profileTimings.lan;
  const address = { host: '10.0.0.1', port: 7946 };
  const core = new Core(
    {
      swim: {
        name: 'self',
        address,
        addr: hostToBytes(address.host),
        meta: encodeTags({}),
        versions,
        timing,
        packetBudgetBytes: 1398,
        allowsHost: () => true,
      },
      serf: {
        name: 'self',
        address,
        serfProtocol: 5,
        timing,
        coordinates: true,
        userEvents: { order: 'arrival', holdBackMs: 1000, coalesce: undefined },
        keys: [],
        conflictResolution: false,
        messageBytesMax: 1361,
      },
      admission,
    },
    seededRng(1),
  );
  core.step({ type: 'start' }, 0);
  return core;
}

function alive(node: string, meta: Uint8Array): Alive {
  return {
    type: 'alive',
    incarnation: 1,
    node,
    addr: hostToBytes(from.host),
    port: from.port,
    meta,
    versions,
  };
}

function announce(core: Core, message: Alive): readonly CoreEffect[] {
  return core.step({ type: 'packet', from, messages: [message] }, 10);
}

describe('admission to the pool', () => {
  test('an admission policy sees the tags of its candidates', () => {
    const core = startedCore(([candidate]) =>
      candidate?.tags['dc'] === 'dc2' ? 'wrong datacenter' : undefined,
    );
    announce(core, alive('here', encodeTags({ dc: 'dc1' })));
    announce(core, alive('there', encodeTags({ dc: 'dc2' })));
    expect(core.serf.member('here')?.status).toBe('alive');
    expect(core.serf.member('there')).toBeUndefined();
  });

  test('invalid tags count as none, so that one broken member cannot veto a join', () => {
    const seen: Readonly<Record<string, string>>[] = [];
    const core = startedCore((candidates) => {
      seen.push(...candidates.map((candidate) => candidate.tags));
      return undefined;
    });
    announce(core, alive('broken', Uint8Array.of(0xff, 0xc1)));
    expect(seen).toEqual([{}]);
    expect(core.serf.member('broken')?.tags).toEqual({});
  });
});

describe('a leave', () => {
  test('of the only member is over at once', () => {
    const core = startedCore();
    const effects = core.step({ type: 'leave' }, 100);
    expect(effects.filter((effect) => effect.type === 'left')).toHaveLength(1);
    expect(core.serf.member('self')?.status).toBe('left');
  });

  test('ends although peers never answer', () => {
    const core = startedCore();
    announce(core, alive('silent', encodeTags({})));
    core.step({ type: 'leave' }, 100);
    const { broadcastTimeoutMs, leavePropagateDelayMs } = profileTimings.lan;
    let nowMs = 100;
    const effects: CoreEffect[] = [];
    while (nowMs < 100 + 2 * broadcastTimeoutMs + leavePropagateDelayMs) {
      nowMs = core.nextDeadlineMs() ?? nowMs;
      effects.push(...core.step({ type: 'deadline' }, nowMs));
      if (effects.some((effect) => effect.type === 'left')) break;
    }
    expect(effects.some((effect) => effect.type === 'left')).toBe(true);
    expect(nowMs).toBeLessThanOrEqual(100 + 2 * broadcastTimeoutMs + leavePropagateDelayMs);
  });
});
