import { describe, expect, test } from 'vitest';
import { hostToBytes } from '../../wire/address.ts';
import type { PushPullNode } from '../../wire/swim-messages.ts';
import { readAnswer } from './own-listing.ts';

const self = {
  name: 'me',
  address: { host: '10.0.0.1', port: 7946 },
  incarnation: 3,
  knows: (name: string) => name === 'me' || name === 'other',
};

function entry(name: string, over: Partial<PushPullNode> & { readonly host?: string } = {}): PushPullNode {
  const { host = name === 'me' ? '10.0.0.1' : '10.0.0.2', ...rest } = over;
  const meta = new Uint8Array(0);
  return { name, addr: hostToBytes(host), port: 7946, meta, incarnation: 3, state: 'alive', ...rest };
}

describe('how a peer lists us', () => {
  test.each([
    ['as we announce ourselves', {}],
    ['as suspect, which we shall refute', { state: 'suspect' }],
    ['without a port, which is the one of the pool', { port: 0 }],
    ['with our IPv4 address in 16 bytes', { addr: hostToBytes('::ffff:10.0.0.1') }],
  ] as const)('%s: admitted', (_, over) => {
    expect(readAnswer([entry('peer'), entry('me', over)], self).listing).toEqual({ type: 'admitted' });
  });

  test.each([
    ['as left', { state: 'left', host: '10.0.0.9' }],
    ['as failed', { state: 'dead' }],
    ['as an earlier life that had come farther', { incarnation: 8 }],
    ['as an earlier life, whose tags it prefers', { incarnation: 2 }],
  ] as const)('%s: missing', (_, over) => {
    expect(readAnswer([entry('peer'), entry('me', over)], self).listing).toEqual({ type: 'missing' });
  });

  test('not at all: missing', () => {
    expect(readAnswer([entry('peer')], self).listing).toEqual({ type: 'missing' });
  });

  test.each([
    ['another host', { host: '10.0.0.9' }, '10.0.0.9', 7946],
    ['another port of our host', { port: 7947 }, '10.0.0.1', 7947],
  ])('at %s: the name is taken, with the address of its holder', (_, over, host, port) => {
    const taken = { type: 'taken', by: { host, port } };
    expect(readAnswer([entry('me', over)], self).listing).toEqual({ ...taken, state: 'alive' });
    expect(readAnswer([entry('me', { ...over, state: 'dead' })], self).listing).toEqual({
      ...taken,
      state: 'dead',
    });
  });
});

describe('whose answer it is', () => {
  test('our own, when we are its only live member', () => {
    expect(readAnswer([entry('me')], self).from).toBe('ourselves');
    expect(readAnswer([entry('me'), entry('other', { state: 'dead' })], self).from).toBe('ourselves');
  });

  test.each([
    ['a member that we do not know', [entry('me'), entry('peer')]],
    ['our name at another address: a namesake that is alone', [entry('me', { host: '10.0.0.9' })]],
  ])("another's, when it has %s", (_, nodes) => {
    expect(readAnswer(nodes, self).from).toBe('another');
  });

  test('unclear, when both we and a known member could have sent it', () => {
    expect(readAnswer([entry('me'), entry('other')], self).from).toBe('unclear');
  });
});
