import type { NetworkInterfaceInfo } from 'node:os';
import { expect, test } from 'vitest';
import { discoverAdvertiseHost, firstPrivateIpv4 } from './interfaces.ts';

function ipv4(address: string, internal = address.startsWith('127.')): NetworkInterfaceInfo {
  return { family: 'IPv4', address, internal, netmask: '', mac: '', cidr: null };
}

const ipv6: NetworkInterfaceInfo = {
  family: 'IPv6',
  address: 'fd00::1',
  internal: false,
  netmask: '',
  mac: '',
  cidr: null,
  scopeid: 0,
};

test('the first private IPv4 address is chosen; loopback, public and IPv6 addresses are skipped', () => {
  const interfaces = {
    lo: [ipv4('127.0.0.1')],
    eth0: [ipv6, ipv4('203.0.113.9'), ipv4('192.168.7.1')],
    eth1: [ipv4('10.0.0.1')],
  };
  expect(firstPrivateIpv4(interfaces)).toBe('192.168.7.1');
});

test.each([
  ['10.255.0.1', true],
  ['11.0.0.1', false],
  ['172.15.255.255', false],
  ['172.16.0.1', true],
  ['172.31.255.255', true],
  ['172.32.0.1', false],
  ['192.167.1.1', false],
  ['192.168.1.1', true],
  ['100.63.255.255', false],
  ['100.64.0.1', true],
  ['100.127.255.255', true],
  ['100.128.0.1', false],
  ['169.254.1.1', false],
])('%s is private: %s', (address, isPrivate) => {
  expect(firstPrivateIpv4({ eth0: [ipv4(address)] })).toBe(isPrivate ? address : undefined);
});

test('a private address of an internal interface does not count', () => {
  expect(firstPrivateIpv4({ lo: [ipv4('10.0.0.1', true)] })).toBeUndefined();
});

test('without a private address the error lists all addresses and the option to set', () => {
  const interfaces = { lo: [ipv4('127.0.0.1')], eth0: [ipv4('203.0.113.9')], none: undefined };
  expect(() => discoverAdvertiseHost('0.0.0.0', interfaces)).toThrow(
    expect.objectContaining({
      code: 'GOSSIP_BIND',
      message: expect.stringMatching(/lo 127\.0\.0\.1, eth0 203\.0\.113\.9.*set advertise\.host/),
    }),
  );
  expect(() => discoverAdvertiseHost('0.0.0.0', {})).toThrow('no addresses');
});

test.each([
  ['fd00::1', true],
  ['fc12::1', true],
  ['fe80::1', false],
  ['2001:db8::1', false],
  ['::1', false],
])('bound to "::", %s may be announced: %s', (address, may) => {
  const interfaces = { eth0: [{ ...ipv6, address }] };
  if (may) expect(discoverAdvertiseHost('::', interfaces)).toBe(address);
  else
    expect(() => discoverAdvertiseHost('::', interfaces)).toThrow(
      'no private IPv4 or unique local IPv6 address',
    );
  expect(() => discoverAdvertiseHost('0.0.0.0', interfaces)).toThrow('no private IPv4 address');
});

test('bound to "::", a private IPv4 address comes before IPv6, as members on 0.0.0.0 reach it too', () => {
  expect(discoverAdvertiseHost('::', { eth0: [ipv6, ipv4('10.0.0.1')] })).toBe('10.0.0.1');
});
