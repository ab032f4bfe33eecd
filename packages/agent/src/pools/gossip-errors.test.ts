import { GossipError, SeedError } from '@hobnob/gossip';
import { expect, test } from 'vitest';
import { AgentError } from '../errors.ts';
import { fromGossipError } from './gossip-errors.ts';

const at = { address: { host: '127.35.9.9', port: 8301 } };
const system = (code: string) => Object.assign(new Error('said by the system'), { code });

const failedJoin = (...errors: readonly SeedError[]) =>
  fromGossipError(
    new GossipError('GOSSIP_JOIN_FAILED', 'no seed could be joined', { cause: new AggregateError(errors) }),
  );

test.each([
  [
    new SeedError('SEED_REFUSED', 'a', 'x', at),
    '127.35.9.9: dial tcp 127.35.9.9:8301: connect: connection refused',
  ],
  [new SeedError('SEED_TIMEOUT', 'a', 'x', at), '127.35.9.9: dial tcp 127.35.9.9:8301: i/o timeout'],
  [
    new SeedError('SEED_UNREACHABLE', 'a', 'x', { ...at, cause: system('EHOSTUNREACH') }),
    '127.35.9.9: dial tcp 127.35.9.9:8301: connect: no route to host',
  ],
  [
    new SeedError('SEED_UNREACHABLE', 'a', '127.35.9.9:8301: odd', { ...at, cause: system('EODD') }),
    '127.35.9.9:8301: odd',
  ],
  [new SeedError('SEED_DECRYPT', 'a', '127.35.9.9:8301: no key fits', at), '127.35.9.9:8301: no key fits'],
])('a failed join reads as in Consul 1.8.7: %s', (error, text) => {
  expect(failedJoin(error)).toMatchObject({
    code: 'AGENT_JOIN',
    message: `1 error occurred:\n\t* Failed to join ${text}\n\n`,
  });
});

test('every seed has its own line', () => {
  const unknown = new Error('cannot resolve "b"', { cause: system('ENOTFOUND') });
  expect(
    failedJoin(
      new SeedError('SEED_UNRESOLVED', 'b', unknown.message, { cause: unknown }),
      new SeedError('SEED_INVALID', 'a:x', 'seed "a:x": "x" is not a port'),
    ),
  ).toMatchObject({
    message:
      '2 errors occurred:\n\t* Failed to resolve b: lookup b: no such host\n\t* Failed to resolve a:x: "x" is not a port\n\n',
  });
});

test.each([
  ['GOSSIP_BIND', 'AGENT_BIND'],
  ['GOSSIP_NOT_ADMITTED', 'AGENT_REFUSED'],
  ['GOSSIP_TIMEOUT', 'AGENT_TIMEOUT'],
  ['GOSSIP_CLOSED', 'AGENT_CLOSED'],
  ['GOSSIP_OPTIONS', 'AGENT_CONFIG'],
] as const)('%s becomes %s with its text and cause', (from, to) => {
  const error = new GossipError(from, 'why');
  const mapped = fromGossipError(error);
  expect(mapped).toBeInstanceOf(AgentError);
  expect(mapped).toMatchObject({ code: to, message: 'why', cause: error });
});

test('a bug stays what it is', () => {
  const bug = new TypeError('x');
  expect(fromGossipError(bug)).toBe(bug);
});

test('the key ring file that overrules -encrypt is named when the keys do not fit, and only then', () => {
  const text = (error: SeedError): string => {
    const cause = new AggregateError([error]);
    const failed = fromGossipError(
      new GossipError('GOSSIP_JOIN_FAILED', 'no', { cause }),
      '/data/serf/local.keyring',
    );
    return failed instanceof Error ? failed.message : '';
  };
  const named =
    'The key ring file /data/serf/local.keyring is used and does not hold the key given with -encrypt';
  expect(text(new SeedError('SEED_DECRYPT', 'a', 'no key fits', at))).toContain(named);
  expect(text(new SeedError('SEED_REFUSED', 'a', 'refused', at))).not.toContain(named);
});
