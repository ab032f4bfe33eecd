import { expect, test } from 'vitest';
import { readHostFacts, sortAddresses } from './host-facts.ts';

test('only private IPv4 and global IPv6 addresses are fit to be announced', () => {
  const { privateIpv4, publicIpv6 } = sortAddresses([
    '127.0.0.1',
    '10.1.2.3',
    '172.15.0.1',
    '172.16.0.1',
    '172.32.0.1',
    '192.168.0.1',
    '100.64.0.1',
    '8.8.8.8',
    '169.254.1.1',
    '::1',
    'fe80::1',
    'fd00::1',
    '2001:db8::1',
  ]);
  expect(privateIpv4).toEqual(['10.1.2.3', '172.16.0.1', '192.168.0.1', '100.64.0.1']);
  expect(publicIpv6).toEqual(['2001:db8::1']);
});

test('this machine has a name', () => {
  expect(readHostFacts().hostname).not.toBe('');
});

test('the addresses of this machine come with the flags of their interfaces', () => {
  const loopback = readHostFacts().interfaces?.find(({ address }) => address === '127.0.0.1');
  expect(loopback).toMatchObject({ prefixBits: 8, flags: ['up', 'loopback'] });
});
