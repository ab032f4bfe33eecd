import { expect, test } from 'vitest';
import { checkTaggedAddresses, familyOf, withOwnAddress } from './addresses.ts';

/** The expectations are what a real Consul 1.8.7 accepts and stores. */

test.each([
  ['1.2.3.4', 'ipv4'],
  ['000.0.0.0', 'ipv4'],
  ['1.2.3.04', 'ipv4'],
  ['1.2.3.256', undefined],
  [' 1.2.3.4', undefined],
  ['0x7f.1', undefined],
  ['', undefined],
  ['web.example.com', undefined],
  ['::1', 'ipv6'],
  ['::0', 'ipv6'],
  ['0:0:0:0:0:0:0:0', 'ipv6'],
  ['fe80::1%eth0', undefined],
  ['[::1]', undefined],
  ['::ffff:1.2.3.4', 'ipv4'],
  ['::FFFF:102:304', 'ipv4'],
  ['::ffff:0.0.0.0', 'ipv4'],
  ['0:0:0:0:0:ffff:1.2.3.4', 'ipv4'],
  ['::fffe:1.2.3.4', 'ipv6'],
])('the family of %j is %s', (address, family) => {
  expect(familyOf(address)).toBe(family);
});

test('tagged addresses must be what their tag says, but wan_ipv6 may be anything', () => {
  const refusal = (tag: string, family: string) =>
    expect.objectContaining({
      code: 'AGENT_SERVICE_ADDRESS',
      message: `Service tagged address "${tag}" must be a valid ${family} address`,
    });
  const at = (tag: string, Address: string) => () => checkTaggedAddresses({ [tag]: { Address, Port: 1 } });
  expect(at('lan_ipv4', '::1')).toThrow(refusal('lan_ipv4', 'ipv4'));
  expect(at('wan_ipv4', '')).toThrow(refusal('wan_ipv4', 'ipv4'));
  expect(at('lan_ipv6', '::ffff:1.2.3.4')).toThrow(refusal('lan_ipv6', 'ipv6'));
  for (const [tag, address] of [
    ['wan_ipv6', 'x'],
    ['http', 'http://127.0.0.1:8000'],
    ['lan_ipv4', '::ffff:1.2.3.4'],
    ['lan_ipv6', '::1'],
  ] as const) {
    expect(at(tag, address)).not.toThrow();
  }
  expect(() => checkTaggedAddresses(null)).not.toThrow();
});

test('an IP address stands for the tagged addresses of its family that are not given, another text for none', () => {
  const own = { Address: '10.0.0.9', Port: 80 };
  const given = { Address: '1.2.3.4', Port: 5 };
  expect(withOwnAddress({ lan_ipv4: given, http: given }, own)).toEqual({
    lan_ipv4: given,
    http: given,
    wan_ipv4: own,
  });
  expect(withOwnAddress(null, { Address: 'fd00::1', Port: 1 })).toEqual({
    lan_ipv6: { Address: 'fd00::1', Port: 1 },
    wan_ipv6: { Address: 'fd00::1', Port: 1 },
  });
  expect(withOwnAddress(null, { Address: 'web.example.com', Port: 1 })).toBeNull();
});
