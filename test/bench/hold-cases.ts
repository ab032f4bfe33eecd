import {
  ask,
  type HoldTarget,
  keyOf,
  kvOp,
  newSession,
  opsMax,
  path,
  prefixesOf,
  putFolder,
  putKeys,
  repeat,
  smallValue,
  txn,
  Waiters,
} from './hold-requests.ts';
import { eachOf, put } from './versus/dev-pair.ts';
import { instanceOf } from './versus/registrations.ts';

/** The requests of `loop-holds`: each asks for, or changes, as much as one request can. */

export interface HoldCase {
  readonly name: string;
  /** Puts what the request needs; its time does not count. */
  readonly prepare?: (target: HoldTarget) => Promise<void>;
  readonly send: (target: HoldTarget) => Promise<void>;
  /** After the figures were read. */
  readonly end?: (target: HoldTarget) => Promise<void>;
}

const keysCount = 100_000;
const sessionKeysCount = 20_000;
const sessionsCount = 20_000;
const instancesCount = 20_000;
const keptCount = 10_000;
/** The limit of a value, and of a transaction's body. */
const bodyBytesMax = 512 * 1024;

function endOfSession(behavior: string): HoldCase {
  const waiters = new Waiters();
  const folder = `held-${behavior}-by-one-session`;
  let session = '';
  return {
    name: `a session with ${sessionKeysCount} keys ends (${behavior}), 20 prefixes of them followed`,
    prepare: async (target) => {
      session = await newSession(target, behavior);
      await putKeys(target, sessionKeysCount, (at) =>
        kvOp('lock', keyOf(folder, at), { Value: smallValue, Session: session }),
      );
      await waiters.open(target, prefixesOf(keyOf(folder, 0)), 'kv/many?keys');
    },
    send: (target) => ask(target, 'PUT', `session/destroy/${session}`),
    end: () => waiters.close(),
  };
}

function deletionOfTrees(): HoldCase {
  const folderOf = (at: number): string => `trees/${String(at).padStart(2, '0')}`;
  return {
    name: `${opsMax} delete-tree of one transaction, ${keptCount} kept answers below them`,
    prepare: async (target) => {
      await putKeys(target, keptCount, (at) =>
        kvOp('set', keyOf(folderOf(at % opsMax), at), { Value: smallValue }),
      );
      const keys = repeat(keptCount, (at) => keyOf(folderOf(at % opsMax), at));
      await eachOf(keys, 16, async (key) => {
        await target.caller.send({ method: 'GET', path: path(`kv/${key}`) });
      });
    },
    send: (target) =>
      txn(
        target,
        repeat(opsMax, (at) => kvOp('delete-tree', folderOf(at))),
      ),
  };
}

function followedLists(): HoldCase {
  const waiters = new Waiters();
  const count = 100;
  return {
    name: `a write below ${count} followed lists of ${keysCount} keys`,
    // Different targets are different questions.
    prepare: (target) =>
      waiters.open(
        target,
        repeat(count, (at) => `kv/many?keys&separator=never-${at}`),
        'kv/many?keys',
      ),
    send: async (target) => {
      await ask(target, 'PUT', `kv/${keyOf('many', 0)}`, { body: 'changed' });
      await new Promise((resolve) => setTimeout(resolve, 20_000));
    },
    end: () => waiters.close(),
  };
}

const value = (bytes: number): string => Buffer.alloc(bytes, 'large ').toString('base64');

export const holdCases: readonly HoldCase[] = [
  {
    name: `txn of ${opsMax} get-tree over ${keysCount} keys`,
    prepare: (target) => putFolder(target, 'many', keysCount),
    // More than a transaction may find.
    send: (target) =>
      txn(
        target,
        repeat(opsMax, () => kvOp('get-tree', 'many')),
        409,
      ),
  },
  {
    name: 'txn of 26 get-tree over 10,000 keys',
    send: (target) =>
      txn(
        target,
        repeat(26, () => kvOp('get-tree', 'many/00')),
      ),
  },
  {
    name: `txn of 2 get-tree over ${keysCount} keys`,
    send: (target) =>
      txn(
        target,
        repeat(2, () => kvOp('get-tree', 'many')),
      ),
  },
  {
    name: `txn of one set and 2 get-tree over ${keysCount} keys`,
    send: (target) =>
      txn(target, [
        kvOp('set', 'other', { Value: smallValue }),
        ...repeat(2, () => kvOp('get-tree', 'many')),
      ]),
  },
  {
    name: `txn of ${opsMax} get-tree over 200 keys`,
    send: (target) =>
      txn(
        target,
        repeat(opsMax, () => kvOp('get-tree', 'many/0000')),
      ),
  },
  { name: `keys of ${keysCount}`, send: (target) => ask(target, 'GET', 'kv/many?keys') },
  {
    name: `keys of ${keysCount} with a separator`,
    send: (target) => ask(target, 'GET', 'kv/many/?keys&separator=9'),
  },
  { name: `recurse of ${keysCount} small values`, send: (target) => ask(target, 'GET', 'kv/many?recurse') },
  followedLists(),
  {
    name: `recurse delete of ${keysCount} keys`,
    send: (target) => ask(target, 'DELETE', 'kv/many?recurse'),
  },
  {
    name: `recurse of ${keysCount} values of 1 KiB`,
    prepare: (target) => putFolder(target, 'wide', keysCount, value(1024)),
    send: (target) => ask(target, 'GET', 'kv/wide?recurse'),
  },
  { name: 'snapshot of it', send: (target) => ask(target, 'GET', 'snapshot') },
  {
    name: 'recurse of 200 values of 512 KiB',
    prepare: async (target) => {
      await eachOf(
        repeat(200, (at) => at),
        4,
        (at) => ask(target, 'PUT', `kv/${keyOf('huge', at)}`, { body: Buffer.alloc(bodyBytesMax, 'large ') }),
      );
    },
    send: (target) => ask(target, 'GET', 'kv/huge?recurse'),
  },
  { name: 'one value of 512 KiB as JSON', send: (target) => ask(target, 'GET', `kv/${keyOf('huge', 7)}`) },
  {
    name: 'one value of 512 KiB is set',
    send: (target) =>
      ask(target, 'PUT', `kv/${keyOf('huge', 7)}`, { body: Buffer.alloc(bodyBytesMax, 'other ') }),
  },
  {
    name: `txn of ${opsMax} get of 512 KiB`,
    send: (target) =>
      txn(
        target,
        repeat(opsMax, (at) => kvOp('get', keyOf('huge', at))),
      ),
  },
  {
    name: `txn of ${opsMax} set of 6,000 bytes`,
    send: (target) =>
      txn(
        target,
        repeat(opsMax, (at) => kvOp('set', keyOf('wide', at), { Value: value(6000) })),
      ),
  },
  {
    name: 'txn of 512 KiB of open brackets',
    send: (target) => ask(target, 'PUT', 'txn', { body: '['.repeat(bodyBytesMax), status: 400 }),
  },
  {
    name: 'txn of 512 KiB of empty operations',
    send: (target) =>
      ask(target, 'PUT', 'txn', { body: `[${'{},'.repeat(bodyBytesMax / 3 - 2)}{}]`, status: 413 }),
  },
  endOfSession('release'),
  endOfSession('delete'),
  deletionOfTrees(),
  {
    name: `list of ${sessionsCount} sessions`,
    prepare: async (target) => {
      await eachOf(
        repeat(sessionsCount, (at) => at),
        16,
        async () => {
          await newSession(target, 'release');
        },
      );
    },
    send: (target) => ask(target, 'GET', 'session/list'),
  },
  { name: 'sessions of the node of all', send: (target) => ask(target, 'GET', 'session/node/holder') },
  {
    name: `names of ${instancesCount} services`,
    prepare: ({ caller }) =>
      eachOf(
        repeat(instancesCount, (at) => at),
        16,
        (at) => put(caller, '/v1/catalog/register', instanceOf('holder', `service-${at}`)),
      ),
    send: (target) => ask(target, 'GET', 'catalog/services'),
  },
  { name: 'services of the node of all', send: (target) => ask(target, 'GET', 'catalog/node/holder') },
  {
    name: 'services of the node of all as a list',
    send: (target) => ask(target, 'GET', 'catalog/node-services/holder'),
  },
  { name: 'checks of the node of all', send: (target) => ask(target, 'GET', 'health/node/holder') },
  { name: 'checks of all', send: (target) => ask(target, 'GET', 'health/state/any') },
  { name: 'services for the page', send: (target) => ask(target, 'GET', 'internal/ui/services') },
  { name: 'nodes for the page', send: (target) => ask(target, 'GET', 'internal/ui/nodes') },
  { name: 'one node for the page', send: (target) => ask(target, 'GET', 'internal/ui/node/holder') },
  {
    name: 'checks of all with a regular expression',
    send: (target) =>
      ask(target, 'GET', `health/state/any?filter=${encodeURIComponent('Name matches "^(a+)+$"')}`),
  },
  {
    name: 'checks of all with metadata',
    send: (target) => ask(target, 'GET', 'health/state/any?node-meta=a:b'),
  },
  {
    name: 'a check of the node of all changes',
    send: ({ caller }) =>
      put(caller, '/v1/catalog/register', {
        Node: 'holder',
        Address: '10.1.2.3',
        SkipNodeUpdate: true,
        Check: { CheckID: 'node-health', Name: 'Node Health Status', Status: 'critical' },
      }),
  },
  {
    name: `registration with 5,000 checks`,
    send: ({ caller }) =>
      put(caller, '/v1/catalog/register', {
        Node: 'checked',
        Address: '10.1.2.4',
        Checks: repeat(5000, (at) => ({ CheckID: `check-${at}`, Name: `check ${at}`, Status: 'passing' })),
      }),
  },
  {
    name: 'registration of a service with 20,000 tags and 10,000 metadata of the node',
    send: ({ caller }) =>
      put(caller, '/v1/catalog/register', {
        Node: 'tagged',
        Address: '10.1.2.5',
        NodeMeta: Object.fromEntries(repeat(10_000, (at) => [`name-${at}`, `value ${at}`])),
        Service: { ID: 'tagged', Service: 'tagged', Tags: repeat(20_000, (at) => `tag-${at}`) },
      }),
  },
  { name: 'that service', send: (target) => ask(target, 'GET', 'health/service/tagged') },
  {
    name: 'the node of all is deregistered, with its sessions',
    send: ({ caller }) => put(caller, '/v1/catalog/deregister', { Node: 'holder' }),
  },
];
