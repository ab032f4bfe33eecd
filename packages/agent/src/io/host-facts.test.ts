import { expect, test } from 'vitest';
import { readHostFacts, sortAddresses } from './host-facts.ts';

const external = (address: string) => ({ address, internal: false });
const loopback = (address: string) => ({ address, internal: true });

test('only private IPv4 and global IPv6 addresses are fit to be announced', () => {
  const { privateIpv4, publicIpv6 } = sortAddresses([
    loopback('127.0.0.1'),
    loopback('::1'),
    ...[
      '10.1.2.3',
      '172.15.0.1',
      '172.16.0.1',
      '172.32.0.1',
      '192.168.0.1',
      '100.64.0.1',
      '8.8.8.8',
      '169.254.1.1',
      'fe80::1',
      'fd00::1',
      '2001:db8::1',
      '2001:4860::1',
    ].map(external),
  ]);
  expect(privateIpv4).toEqual(['10.1.2.3', '172.16.0.1', '192.168.0.1', '100.64.0.1']);
  expect(publicIpv6).toEqual(['2001:4860::1']);
});

test('addresses of the blocks for the IETF and for documentation are private, as in Consul', () => {
  const { privateIpv4 } = sortAddresses(['192.0.0.8', '192.0.2.2', '192.0.3.1', '203.0.113.1'].map(external));
  expect(privateIpv4).toEqual(['192.0.0.8', '192.0.2.2']);
});

test('a machine with loopback alone announces that, and one with another interface never', () => {
  const own = [loopback('127.0.0.1'), loopback('::1')];
  expect(sortAddresses(own).privateIpv4).toEqual(['127.0.0.1']);
  expect(sortAddresses([...own, external('fe80::1')]).privateIpv4).toEqual([]);
});

test('this machine has a name', () => {
  expect(readHostFacts().hostname).not.toBe('');
});

test('the addresses of this machine come with the flags of their interfaces', () => {
  const loopback = readHostFacts().interfaces?.find(({ address }) => address === '127.0.0.1');
  expect(loopback).toMatchObject({ prefixBits: 8, flags: ['up', 'loopback'] });
});
