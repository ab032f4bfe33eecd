import { describe, expect, test } from 'vitest';
import { idOf } from '../../../test/support/ids.ts';
import {
  addressOf,
  alive,
  effectsOf,
  SwimFixture,
  selfName,
  sentIn,
  sentOf,
  suspect,
} from '../../../test/support/swim-fixture.ts';
import type { SwimEffect } from '../types.ts';

describe('a name that two addresses announce is checked at both, gossip.md 8.6 and 8.7', () => {
  const moved = alive('a', { host: '127.0.2.2' });

  interface CheckedPool {
    readonly pool: SwimFixture;
    ack(host: string): readonly SwimEffect[];
    deny(host: string): void;
  }

  function checking(): CheckedPool {
    const pool = new SwimFixture();
    pool.receive(alive('a', { incarnation: 5 }));
    const effects = pool.receive(moved);
    const seqTo = (host: string): number => {
      const sent = sentIn(effects).find(({ to }) => to.host === host);
      const ping = sent?.messages[0];
      if (ping?.type !== 'ping' || ping.node !== 'a') throw new Error(`no ping by the name went to ${host}`);
      return ping.seq;
    };
    const streamTo = (host: string): number => {
      const dialled = effectsOf(effects, 'stream-ping').find(({ to }) => to.host === host);
      if (dialled === undefined) throw new Error(`no stream was opened to ${host}`);
      return dialled.streamId;
    };
    return {
      pool,
      ack: (host) => pool.receive({ type: 'ack', seq: seqTo(host), payload: new Uint8Array(0) }),
      deny: (host) => {
        pool.step({
          type: 'stream-ping-failed',
          streamId: idOf(streamTo(host)),
          failure: { code: 'SEED_REFUSED', reason: 'refused' },
        });
      },
    };
  }

  test('it moves when the old address denies it and the new one answers', () => {
    const { pool, ack, deny } = checking();
    deny(addressOf('a').host);
    ack('127.0.2.2');
    const effects = pool.runTo(500);
    expect(effectsOf(effects, 'member-changed').map(({ member }) => member.address.host)).toEqual([
      '127.0.2.2',
    ]);
    expect(effectsOf(effects, 'conflict')).toEqual([]);
    // It restarted with an older incarnation than the known one, so it is notified and goes beyond it.
    expect(sentOf(effects, 'suspect')).toContainEqual(suspect('a', 5, selfName));
  });

  test('it stays when the old address answers, even if its stream was refused', () => {
    const { pool, ack, deny } = checking();
    deny(addressOf('a').host);
    ack('127.0.2.2');
    const effects = [...ack(addressOf('a').host), ...pool.runTo(500)];
    expect(effectsOf(effects, 'conflict')).toHaveLength(1);
    expect(pool.swim.member('a')?.address).toEqual(addressOf('a'));
  });

  test('it stays when the old address merely does not answer, as in a partition', () => {
    const { pool, ack } = checking();
    ack('127.0.2.2');
    expect(effectsOf(pool.runTo(500), 'conflict')).toHaveLength(1);
    expect(pool.swim.member('a')?.address).toEqual(addressOf('a'));
  });

  test('it stays when the new address does not answer', () => {
    const { pool, deny } = checking();
    deny(addressOf('a').host);
    expect(effectsOf(pool.runTo(500), 'conflict')).toHaveLength(1);
    expect(pool.swim.member('a')?.address).toEqual(addressOf('a'));
  });

  test('a name that stayed is not checked again at once', () => {
    const { pool } = checking();
    pool.runTo(500);
    const again = pool.receive(moved);
    expect(effectsOf(again, 'conflict')).toHaveLength(1);
    expect(effectsOf(again, 'stream-ping')).toEqual([]);
  });
});
