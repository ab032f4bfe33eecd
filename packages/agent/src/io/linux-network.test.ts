import { expect, test } from 'vitest';
import { defaultInterfaceIn, idleIpv4Addresses, ipv6AddressesIn } from './linux-network.ts';

/** Recorded on Linux in the network that test/differential/template-network.sh makes. */
const routeTable = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth1	00000000	0100140A	0003	0	0	0	00000000	0	0	0
eth2	00040808	00000000	0001	0	0	0	00FFFFFF	0	0	0
eth1	0000140A	00000000	0001	0	0	0	0000FFFF	0	0	0
eth1	0028140A	00000000	0001	0	0	0	00FFFFFF	0	0	0
idle0	000011AC	00000000	0001	0	0	0	0000FFFF	0	0	0
`;
const fibTrie = `Local:
  +-- 0.0.0.0/0 3 0 5
     +-- 10.20.40.0/26 2 0 2
        |-- 10.20.40.0
           /24 link UNICAST
        |-- 10.20.40.41
           /32 host LOCAL
     +-- 127.0.0.0/31 1 0 0
        |-- 127.0.0.0
           /8 host LOCAL
        |-- 127.0.0.1
           /32 host LOCAL
     +-- 172.17.0.0/16 2 0 2
        +-- 172.17.0.0/31 1 0 0
           |-- 172.17.0.0
              /16 link UNICAST
           |-- 172.17.0.1
              /32 host LOCAL
        |-- 172.17.255.255
           /32 link BROADCAST
`;

test('the default interface is that of the route through a gateway to every address', () => {
  expect(defaultInterfaceIn(routeTable)).toBe('eth1');
  expect(defaultInterfaceIn('tun0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0\n')).toBeUndefined();
  expect(defaultInterfaceIn('')).toBeUndefined();
});

test('an address of an interface without a carrier is found through the route to its network', () => {
  expect(idleIpv4Addresses(routeTable, fibTrie, new Set(['lo', 'eth1', 'eth2']))).toEqual([
    { name: 'idle0', address: '172.17.0.1', prefixBits: 16 },
  ]);
  expect(idleIpv4Addresses(routeTable, fibTrie, new Set(['lo', 'eth1', 'eth2', 'idle0']))).toEqual([]);
});

test('an address in two networks belongs to the narrower one', () => {
  expect(idleIpv4Addresses(routeTable, fibTrie, new Set(['idle0', 'eth2']))).toEqual([
    { name: 'eth1', address: '10.20.40.41', prefixBits: 24 },
  ]);
});

test('every IPv6 address stands in one line', () => {
  const table = `fd000001000000000000000000000001 05 40 00 82    idle0
00000000000000000000000000000001 01 80 10 80       lo
nonsense
`;
  expect(ipv6AddressesIn(table)).toEqual([
    { name: 'idle0', address: 'fd00:1::1', prefixBits: 64 },
    { name: 'lo', address: '::1', prefixBits: 128 },
  ]);
});
