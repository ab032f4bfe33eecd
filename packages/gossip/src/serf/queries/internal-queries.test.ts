import { describe, expect, test } from 'vitest';
import { notesIn, SerfFixture, selfAddress, selfName, sentIn } from '../../../test/serf-fixture.ts';
import { idOf } from '../../../test/support/ids.ts';
import type { QueryMessage } from '../../wire/serf-messages.ts';
import {
  type ConflictRecord,
  decodeSerfQueryBody,
  encodeSerfQueryBody,
  type SerfQueryBody,
} from '../../wire/serf-query-codec.ts';
import type { SerfEffect } from '../types.ts';
import { keyText } from './key-ring.ts';

const keyA = new Uint8Array(16).fill(1);
const keyB = new Uint8Array(32).fill(2);

let lastId = 0;

function query(name: string, payload: Uint8Array): QueryMessage {
  lastId += 1;
  return {
    type: 'query',
    lamportTime: 1,
    id: lastId,
    host: '127.0.0.5',
    port: 7946,
    sourceNode: 'operator',
    filters: [],
    ackRequested: false,
    noBroadcast: true,
    relayFactor: 0,
    timeoutMs: 3200,
    name,
    payload,
  };
}

function keyQuery(operation: 'install' | 'use' | 'remove', key: Uint8Array): QueryMessage {
  return query(`_serf_${operation}-key`, encodeSerfQueryBody({ type: 'key-request', key }));
}

function bodiesIn(effects: readonly SerfEffect[]): readonly SerfQueryBody[] {
  return sentIn(effects).flatMap((message) =>
    message.type === 'query-response' ? [decodeSerfQueryBody(message.payload)] : [],
  );
}

function changeIn(effects: readonly SerfEffect[]) {
  return effects.find((effect) => effect.type === 'change-keys');
}

describe('a change of keys', () => {
  test('is in use first and answered when the key ring is written', () => {
    const pool = new SerfFixture({ keys: [keyA] });
    const effects = pool.receive(keyQuery('install', keyB));
    expect(changeIn(effects)).toEqual({ type: 'change-keys', keyChangeId: 1, keys: [keyA, keyB] });
    expect(bodiesIn(effects)).toEqual([]);
    const written = pool.step({ type: 'keys-changed', keyChangeId: idOf(1), problem: undefined });
    expect(bodiesIn(written)).toMatchObject([{ type: 'key-response', ok: true, message: '' }]);
    expect(changeIn(pool.receive(keyQuery('use', keyB)))?.keys).toEqual([keyB, keyA]);
    expect(changeIn(pool.receive(keyQuery('remove', keyA)))?.keys).toEqual([keyB]);
  });

  test('that cannot be written is answered with a failure', () => {
    const pool = new SerfFixture({ keys: [keyA] });
    pool.receive(keyQuery('install', keyB));
    const answered = pool.step({ type: 'keys-changed', keyChangeId: idOf(1), problem: 'the disk is full' });
    expect(bodiesIn(answered)).toMatchObject([{ ok: false, message: 'the disk is full' }]);
    expect(pool.step({ type: 'keys-changed', keyChangeId: idOf(1), problem: undefined })).toEqual([]);
  });

  test.for([
    ['use', keyB, /Requested key is not in the keyring/],
    ['use', new Uint8Array(15), /Requested key is not in the keyring/],
    ['remove', keyA, /Removing the primary key is not allowed/],
    ['install', new Uint8Array(15), /16, 24 or 32 bytes/],
    ['install', new Uint8Array(0), /16, 24 or 32 bytes/],
  ] as const)(
    'that is not allowed (%s) changes nothing and is answered with the reason',
    ([operation, key, reason]) => {
      const pool = new SerfFixture({ keys: [keyA] });
      const effects = pool.receive(keyQuery(operation, key));
      expect(changeIn(effects)).toBeUndefined();
      expect(bodiesIn(effects)).toMatchObject([{ ok: false, message: expect.stringMatching(reason) }]);
      expect(notesIn(effects)).toMatchObject([{ level: 'warn' }]);
    },
  );

  test('that removes an invalid key succeeds, as in Serf', () => {
    const pool = new SerfFixture({ keys: [keyA] });
    expect(changeIn(pool.receive(keyQuery('remove', new Uint8Array(15))))?.keys).toEqual([keyA]);
  });

  test('without a payload, or without a key ring, is answered with a failure', () => {
    const pool = new SerfFixture({ keys: [keyA] });
    expect(bodiesIn(pool.receive(query('_serf_use-key', new Uint8Array(0))))).toMatchObject([{ ok: false }]);
    const keyless = new SerfFixture();
    expect(bodiesIn(keyless.receive(keyQuery('install', keyA)))).toMatchObject([
      { ok: false, message: 'No keyring to modify (encryption not enabled)' },
    ]);
    expect(bodiesIn(keyless.receive(query('_serf_list-keys', new Uint8Array(0))))).toMatchObject([
      { ok: false, message: 'Keyring is empty (encryption not enabled)' },
    ]);
  });

  test('never logs a key', () => {
    const pool = new SerfFixture({ keys: [keyA] });
    const effects = [...pool.receive(keyQuery('install', keyB)), ...pool.receive(keyQuery('remove', keyA))];
    const logged = JSON.stringify(notesIn(effects));
    expect(notesIn(effects)).toHaveLength(2);
    expect(logged).not.toContain(keyText(keyA));
    expect(logged).not.toContain(keyText(keyB));
  });
});

describe('a list of keys', () => {
  test('names all of them and the primary key', () => {
    const pool = new SerfFixture({ keys: [keyB, keyA] });
    expect(bodiesIn(pool.receive(query('_serf_list-keys', new Uint8Array(0))))).toEqual([
      {
        type: 'key-response',
        ok: true,
        message: '',
        keys: [keyText(keyB), keyText(keyA)],
        primaryKey: keyText(keyB),
      },
    ]);
  });

  test('that is too long is truncated to a response, with a message', () => {
    const keys = Array.from({ length: 60 }, (_, i) => new Uint8Array(32).fill(i));
    const pool = new SerfFixture({ keys });
    const effects = pool.receive(query('_serf_list-keys', new Uint8Array(0)));
    const [body] = bodiesIn(effects);
    const [effect] = effects;
    if (body?.type !== 'key-response' || effect?.type !== 'send-user') throw new Error('no list was sent');
    expect(effect.payload.length).toBeLessThanOrEqual(1024);
    expect(body.ok).toBe(true);
    expect(body.keys.length).toBeGreaterThan(10);
    expect(body.message).toBe(`truncated key list response, showing first ${body.keys.length} of 60 keys`);
  });
});

describe('a conflict query', () => {
  test("is answered with the member or with none; about this member's own name it is not answered", () => {
    const pool = new SerfFixture();
    pool.up('a', { host: '127.0.0.7' });
    const ask = (name: string) => bodiesIn(pool.receive(query('_serf_conflict', Buffer.from(name))));
    expect(ask('a')).toMatchObject([
      { type: 'conflict-response', member: { name: 'a', host: '127.0.0.7', port: 7946, status: 1 } },
    ]);
    expect(ask('unknown')).toEqual([{ type: 'conflict-response' }]);
    expect(ask(selfName)).toEqual([]);
  });
});

describe('when another node claims our name', () => {
  const conflict = {
    type: 'conflict',
    name: selfName,
    existing: selfAddress,
    claimed: { host: '127.0.0.66', port: 7946 },
  } as const;

  function vote(pool: SerfFixture, hosts: readonly (string | undefined)[]): readonly SerfEffect[] {
    pool.step(conflict);
    const asked = pool.queued().find((message): message is QueryMessage => message.type === 'query');
    if (asked === undefined) throw new Error('no query was queued');
    expect(Buffer.from(asked.payload).toString()).toBe(selfName);
    for (const [i, host] of hosts.entries()) {
      const { lamportTime, id } = asked;
      const record: ConflictRecord = { ...recordBase, host: host ?? '', name: selfName };
      const member = host === undefined ? {} : { member: record };
      const payload = encodeSerfQueryBody({ type: 'conflict-response', ...member });
      pool.receive({ type: 'query-response', lamportTime, id, from: `m${i}`, isAck: false, payload });
    }
    return pool.advanceBy(3200);
  }

  const recordBase = {
    port: 7946,
    tags: {},
    status: 1,
    versions: {
      protocolMin: 1,
      protocolMax: 5,
      protocolCur: 2,
      delegateMin: 2,
      delegateMax: 5,
      delegateCur: 5,
    },
  };
  const us = selfAddress.host;
  const them = '127.0.0.66';

  test.for([
    [[], 'unanswered', 0, 0],
    [[undefined], 'unanswered', 0, 0],
    [[us, them], 'kept', 2, 1],
    [[us, them, them], 'lost', 3, 1],
    [[them], 'lost', 1, 0],
  ] as const)('answers %j make the vote %s', ([hosts, verdict, responsesCount, matchingCount]) => {
    const pool = new SerfFixture({ conflictResolution: true });
    expect(vote(pool, hosts)).toContainEqual({
      type: 'event',
      event: { type: 'conflict-vote', name: selfName, verdict, responsesCount, matchingCount },
    });
  });

  test('a vote is held at most once a minute, and only if configured', () => {
    const pool = new SerfFixture({ conflictResolution: true });
    pool.step(conflict);
    pool.step(conflict);
    expect(pool.serf.openQueriesCount).toBe(1);
    pool.advanceBy(60_000);
    pool.step(conflict);
    expect(pool.serf.openQueriesCount).toBe(1);
    const silent = new SerfFixture();
    silent.step(conflict);
    expect(silent.serf.openQueriesCount).toBe(0);
  });
});
