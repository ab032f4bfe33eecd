import { Core, type CoreConfig, type CoreEffect } from '../../packages/gossip/src/core.ts';
import { profileTimings } from '../../packages/gossip/src/options/profiles.ts';
import { seededRng } from '../../packages/gossip/src/testing/seeded-rng.ts';
import { hostToBytes } from '../../packages/gossip/src/wire/address.ts';
import { encodeSerfMessage } from '../../packages/gossip/src/wire/serf-codec.ts';
import type { PushPull, PushPullNode } from '../../packages/gossip/src/wire/swim-messages.ts';
import { encodeTags } from '../../packages/gossip/src/wire/tags.ts';
import { idOf } from '../../packages/gossip/test/support/ids.ts';

const versions = {
  protocolMin: 1,
  protocolMax: 5,
  protocolCur: 2,
  delegateMin: 2,
  delegateMax: 5,
  delegateCur: 4,
} as const;

const address = { host: '127.29.0.1', port: 8301 } as const;
const selfName = 'bench-self';

/** What a peer of a pool of `count` Consul clients would send; those whose index `isChanged` are one incarnation on. */
export function stateOfPool(count: number, isChanged: (index: number) => boolean = () => false): PushPull {
  const indexes = Array.from({ length: count }, (_, index) => index);
  const userState = encodeSerfMessage({
    type: 'serf-push-pull',
    lamportTime: count,
    statusTimes: new Map(indexes.map((index) => [nameOf(index), index + 1])),
    leftMembers: [],
    eventTime: 1,
    events: [],
    queryTime: 1,
  });
  const nodes = indexes.map((index) => nodeOf(index, isChanged(index)));
  return { type: 'push-pull', join: false, nodes, userState };
}

function nameOf(index: number): string {
  return `client-${String(index).padStart(5, '0')}.example`;
}

/** The tags are those of a real Consul 1.8.7 client. A changed member announces one tag more. */
function nodeOf(index: number, changed: boolean): PushPullNode {
  const id = `00000000-0000-4000-8000-${index.toString(16).padStart(12, '0')}`;
  const tags = {
    acls: '0',
    build: '1.8.7:bd7ecd0e',
    dc: 'dc1',
    id,
    role: 'node',
    segment: '',
    vsn: '2',
    vsn_max: '3',
    vsn_min: '2',
    ...(changed ? { changed: '1' } : {}),
  };
  return {
    name: nameOf(index),
    addr: hostToBytes(`10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`),
    port: 8301,
    meta: encodeTags(tags, { serfProtocol: 4 }),
    incarnation: changed ? 2 : 1,
    state: 'alive',
    versions,
  };
}

/** A started member with Consul's LAN timing that knows no other yet. */
export function startCore(): Core {
  const timing = profileTimings.lan;
  const config: CoreConfig = {
    swim: {
      name: selfName,
      address,
      addr: hostToBytes(address.host),
      meta: encodeTags({ role: 'node' }, { serfProtocol: 4 }),
      versions,
      timing,
      packetBudgetBytes: timing.packetBytesMax,
      allowsHost: () => true,
    },
    serf: {
      name: selfName,
      address,
      serfProtocol: 4,
      timing,
      coordinates: true,
      userEvents: { order: 'arrival', holdBackMs: 1000, coalesce: undefined },
      keys: [],
      conflictResolution: false,
      messageBytesMax: 1361,
    },
    admission: undefined,
  };
  const core = new Core(config, seededRng(1));
  core.step({ type: 'start' }, 0);
  return core;
}

/** Hands `core` a peer's half of a push/pull, as the driver does when the whole stream has been read. */
export function takeState(core: Core, state: PushPull): readonly CoreEffect[] {
  return core.step({ type: 'push-pull-reply', streamId: idOf(1), state }, 1);
}
