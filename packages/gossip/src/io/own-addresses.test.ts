import type { NetworkInterfaceInfo } from 'node:os';
import { expect, test } from 'vitest';
import { isOwnAddress } from './interfaces.ts';

function info(address: string): NetworkInterfaceInfo {
  const rest = { internal: false, netmask: '', mac: '', cidr: null };
  return address.includes(':')
    ? { family: 'IPv6', address, scopeid: 0, ...rest }
    : { family: 'IPv4', address, ...rest };
}

const interfaces = () => ({ lo: [info('127.0.0.1')], eth0: [info('10.0.0.5'), info('fd00::5')] });

test.each([
  ['0.0.0.0', '10.0.0.5', true],
  ['0.0.0.0', '127.0.0.1', true],
  ['0.0.0.0', '127.9.9.9', true],
  ['0.0.0.0', '0.0.0.0', true],
  ['0.0.0.0', 'fd00::5', false],
  ['0.0.0.0', '10.0.0.6', false],
  ['::', '10.0.0.5', true],
  ['::', 'fd00::5', true],
  ['::', '::1', true],
  ['10.0.0.5', '10.0.0.5', true],
  ['10.0.0.5', '127.0.0.1', false],
  ['10.0.0.5', '203.0.113.1', true],
])('bound to %s, %s is ours: %s', (bound, host, isOwn) => {
  const own = { bound: { host: bound, port: 7946 }, advertised: { host: '203.0.113.1', port: 7946 } };
  expect(isOwnAddress({ host, port: 7946 }, own, interfaces)).toBe(isOwn);
  expect(isOwnAddress({ host, port: 7947 }, own, interfaces)).toBe(false);
});
