import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contains, formatAddress, formatNetwork, type IpNetwork, parseNetwork } from './ip-network.ts';

const all = (1n << 128n) - 1n;
/** Addresses with runs of zero groups, as real ones have. */
const ipv6 = fc
  .array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), { minLength: 8, maxLength: 8 })
  .map((groups) => groups.reduce((sum, group) => (sum << 16n) | BigInt(group), 0n))
  .filter((address) => address >> 32n !== 0xffffn);

test('an IPv6 address is printed as URLs print it, and read back', () => {
  fc.assert(
    fc.property(ipv6, (address) => {
      const text = formatAddress(6, address);
      expect(`[${text}]`).toBe(new URL(`http://[${text}]/`).hostname);
      expect(parseNetwork(text)).toEqual({ family: 6, address, prefixBits: 128 });
    }),
  );
});

test('an IPv4 network is printed as it was written', () => {
  const octet = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(octet, octet, octet, octet, fc.integer({ min: 0, max: 31 }), (a, b, c, d, bits) => {
      const text = `${a}.${b}.${c}.${d}/${bits}`;
      expect(formatNetwork(network(text))).toBe(text);
    }),
  );
});

test.each([
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['64:ff9b::8.8.4.4', '64:ff9b::808:404'],
  ['::', '::'],
  ['1::', '1::'],
  ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
  ['1:0:0:2:3:0:0:4', '1::2:3:0:0:4'],
])('%s is printed as %s', (text, expected) => {
  expect(formatNetwork(network(text))).toBe(expected);
});

test.each(['', 'x', '10.0.0.1/33', 'fe80::1%eth0', '10.0.0.0/8/8', '10.0.0.0/', '::1/129', '10.0.0.1:80'])(
  '%j is no network',
  (text) => {
    expect(parseNetwork(text)).toBeUndefined();
  },
);

test('a network contains those that lie in it, of its own family', () => {
  expect(contains(network('10.0.0.0/8'), network('10.1.2.3/16'))).toBe(true);
  expect(contains(network('10.1.0.0/16'), network('10.1.2.3/8'))).toBe(false);
  expect(contains(network('0.0.0.0/0'), network('::1'))).toBe(false);
  expect(contains({ family: 6, address: all, prefixBits: 0 }, network('fd00::1/64'))).toBe(true);
});

function network(text: string): IpNetwork {
  const found = parseNetwork(text);
  if (found === undefined) throw new Error(`${text} is no network`);
  return found;
}
