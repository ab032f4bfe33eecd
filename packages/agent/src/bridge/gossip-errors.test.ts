import { GossipError } from '@hobnob/gossip';
import { expect, test } from 'vitest';
import { AgentError } from '../errors.ts';
import { fromGossipError } from './gossip-errors.ts';

const failedJoin = (...reasons: string[]) =>
  fromGossipError(
    new GossipError('GOSSIP_JOIN_FAILED', 'no seed could be joined', {
      cause: new AggregateError(reasons.map((reason) => new Error(reason))),
    }),
  );

test('a failed join reads as in Consul 1.8.7', () => {
  expect(failedJoin('127.24.9.9:8301: connect ECONNREFUSED 127.24.9.9:8301')).toMatchObject({
    code: 'AGENT_JOIN',
    message:
      '1 error occurred:\n\t* Failed to join 127.24.9.9: dial tcp 127.24.9.9:8301: connect: connection refused\n\n',
  });
});

test('every address has its own line', () => {
  expect(
    failedJoin('cannot resolve "b": getaddrinfo ENOTFOUND b', 'seed "a:x": "x" is not a port'),
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
