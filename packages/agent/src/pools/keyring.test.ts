import { jsonWriter, KeyringRecord, listOf } from '@hobnob/catalog/records';
import { GossipError, type GossipKeys, type KeyReport } from '@hobnob/gossip';
import { expect, test } from 'vitest';
import { FakeGossip } from '../../test/fake-gossip.ts';
import { Keyring } from './keyring.ts';

/** Texts and rows are those of real Consul 1.8.7. */

const clean: KeyReport = {
  nodes: 2,
  responded: 2,
  failed: 0,
  missedBy: [],
  messages: {},
  keys: {},
  primaryKeys: {},
};

/** Key managers that give the same answer to every question and note it. */
function keysThat(answer: () => Promise<KeyReport>, asked: string[] = []): GossipKeys {
  const ask =
    (question: string) =>
    (...parts: readonly unknown[]): Promise<KeyReport> => {
      asked.push([question, ...parts.map((part) => JSON.stringify(part))].join(' '));
      return answer();
    };
  return { list: ask('list'), install: ask('install'), use: ask('use'), remove: ask('remove') };
}

function keyringOn(lanKeys: GossipKeys, wanKeys?: GossipKeys, server = true): Keyring {
  const lan = new FakeGossip({ name: 'me' });
  lan.keys = lanKeys;
  const wan = wanKeys === undefined ? undefined : new FakeGossip({ name: 'me.dc1' });
  if (wan !== undefined && wanKeys !== undefined) wan.keys = wanKeys;
  return new Keyring({ config: { server, datacenter: 'dc1' }, lan, wan });
}

test('both pools are listed, the WAN first, with keys in order', async () => {
  const lan = keysThat(async () => ({ ...clean, keys: { b: 1, a: 2 }, primaryKeys: { a: 2 } }));
  const wan = keysThat(async () => ({
    ...clean,
    nodes: 1,
    responded: 1,
    keys: { a: 1 },
    messages: { s: 'cut' },
  }));
  const rows = await keyringOn(lan, wan).list({ localOnly: false, relayFactor: 0 });
  expect(String(jsonWriter(listOf(KeyringRecord))(rows))).toBe(
    '[{"WAN":true,"Datacenter":"dc1","Segment":"","Messages":{"s":"cut"},"Keys":{"a":1},"PrimaryKeys":{},"NumNodes":1},' +
      '{"WAN":false,"Datacenter":"dc1","Segment":"","Keys":{"a":2,"b":1},"PrimaryKeys":{"a":2},"NumNodes":2}]',
  );
});

test('local-only leaves the WAN alone', async () => {
  const asked: string[] = [];
  const keyring = keyringOn(
    keysThat(async () => clean, asked),
    keysThat(() => Promise.reject(new Error('must not be asked'))),
  );
  expect(await keyring.list({ localOnly: true, relayFactor: 3 })).toMatchObject([{ WAN: false }]);
  expect(asked).toEqual(['list {"relayFactor":3}']);
});

test.each(['install', 'use', 'remove'] as const)('%s reaches both pools', async (operation) => {
  const asked: string[] = [];
  const keys = keysThat(async () => clean, asked);
  await keyringOn(keys, keys).change(operation, 'pUqJrVyVRj5jsiYEkM/tFQ==', { relayFactor: 0 });
  const line = `${operation} "pUqJrVyVRj5jsiYEkM/tFQ==" {"relayFactor":0}`;
  expect(asked).toEqual([line, line]);
});

test('a change that failed members missed succeeds, and names them', async () => {
  const names = Array.from({ length: 101 }, (_, i) => `db-${i}`);
  const keyring = keyringOn(
    keysThat(async () => ({ ...clean, missedBy: names })),
    keysThat(async () => clean),
  );
  expect(await keyring.change('use', 'k', { relayFactor: 0 })).toEqual([
    { WAN: false, Datacenter: 'dc1', Count: 101, Members: names.slice(0, 100) },
  ]);
});

test('a client is no place for it', async () => {
  await expect(
    keyringOn(
      keysThat(async () => clean),
      undefined,
      false,
    ).list({ localOnly: false, relayFactor: 0 }),
  ).rejects.toMatchObject({
    code: 'AGENT_KEYRING',
    message: 'keyring operations must run against a server node',
  });
});

test('every member that fails is named, and those that did not answer are counted', async () => {
  const failing = {
    ...clean,
    failed: 2,
    messages: { srv: 'Requested key is not in the keyring', cli: 'Requested key is not in the keyring' },
  };
  const keyring = keyringOn(
    keysThat(async () => failing),
    keysThat(async () => ({ ...clean, responded: 1 })),
  );
  await expect(keyring.change('use', 'k', { relayFactor: 0 })).rejects.toMatchObject({
    code: 'AGENT_KEYRING',
    message:
      '4 errors occurred:\n\t* WAN error: 1/2 nodes reported success\n\t* dc1 (LAN) error: 2/2 nodes reported failure\n' +
      '\t* srv: Requested key is not in the keyring\n\t* cli: Requested key is not in the keyring\n\n',
  });
});

test('without encryption there is nothing to list and nothing to change', async () => {
  const bare = keysThat(() => Promise.reject(new GossipError('GOSSIP_NO_KEYRING', 'not encrypted')));
  const keyring = keyringOn(bare, bare);
  const both = (reason: string) =>
    '4 errors occurred:\n\t* WAN error: 1/1 nodes reported failure\n' +
    `\t* me.dc1: ${reason} (encryption not enabled)\n\t* dc1 (LAN) error: 1/1 nodes reported failure\n` +
    `\t* me: ${reason} (encryption not enabled)\n\n`;
  await expect(keyring.list({ localOnly: false, relayFactor: 0 })).rejects.toThrow(both('Keyring is empty'));
  await expect(keyring.change('use', 'k', { relayFactor: 0 })).rejects.toThrow(both('No keyring to modify'));
});

test('what is no key is said to be none; a closed pool is another matter', async () => {
  const wrong = keysThat(() => Promise.reject(new GossipError('GOSSIP_KEY', 'the key is not base64')));
  await expect(keyringOn(wrong).change('install', 'abc', { relayFactor: 0 })).rejects.toThrow(
    '1 error occurred:\n\t* dc1 (LAN) error: the key is not base64\n\n',
  );
  const closed = keysThat(() => Promise.reject(new GossipError('GOSSIP_CLOSED', 'closed')));
  await expect(keyringOn(closed).list({ localOnly: false, relayFactor: 0 })).rejects.toMatchObject({
    code: 'AGENT_CLOSED',
  });
});
