import { expect, test } from 'vitest';
import { type BoundPair, openBoundPair } from '../src/io/bind-pair.ts';
import { seededRng } from '../src/testing/seeded-rng.ts';
import { SimNetwork } from '../src/testing/sim-network.ts';
import { VirtualClock } from '../src/testing/virtual-clock.ts';
import { describeTransportContract } from './transport-contract.ts';
import type { TransportPair, TransportWorld } from './transport-world.ts';

describeTransportContract('loopback sockets', () => loopbackWorld((host) => `127.22.0.${host}`));
describeTransportContract('the simulated network', simulatedWorld);

test('in both worlds hosts have addresses of their own, so that the contract tests what it says', async () => {
  for (const world of [loopbackWorld((host) => `127.22.0.${host}`), simulatedWorld()]) {
    const pairs = [await world.open(1), await world.open(2)];
    const hosts = pairs.flatMap(({ packets, streams }) => [
      packets.localAddress.host,
      streams.localAddress.host,
    ]);
    expect(new Set(hosts).size).toBe(2);
    await world.close();
  }
});

function loopbackWorld(hostOf: (host: number) => string): TransportWorld {
  const opened: BoundPair[] = [];
  const openPair: TransportWorld['open'] = async (host, options = {}) => {
    const { port = 0, connectionsMax = 64, timeoutMs = 10_000 } = options;
    const pair = await openBoundPair({ host: hostOf(host), port, connectionsMax, timeoutMs });
    opened.push(pair);
    return pair;
  };
  const closePair = async ({ packets, streams }: TransportPair): Promise<void> => {
    await Promise.all([packets.close(), streams.close()]);
  };
  return {
    open: openPair,
    vacantAddress: async () => {
      const pair = await openPair(250);
      await closePair(pair);
      return pair.streams.localAddress;
    },
    until: (event) => event,
    close: async () => {
      await Promise.all(opened.map(closePair));
    },
  };
}

function simulatedWorld(): TransportWorld {
  const clock = new VirtualClock();
  const network = new SimNetwork({ clock, rng: seededRng(22) });
  let nextPort = 7_000;
  return {
    open: async (host, { port, connectionsMax, timeoutMs } = {}) => {
      nextPort += 1;
      return network.host(
        { host: `10.22.0.${host}`, port: port ?? nextPort },
        {
          ...(connectionsMax === undefined ? {} : { connectionsMax }),
          ...(timeoutMs === undefined ? {} : { streamTimeoutMs: timeoutMs }),
        },
      );
    },
    vacantAddress: async () => ({ host: '10.22.0.250', port: 9 }),
    until: async (event) => {
      let isSettled = false;
      const settle = (): void => {
        isSettled = true;
      };
      event.then(settle, settle);
      // Promises settle between the wakes: they belong to the tests, the network itself uses none.
      for (;;) {
        for (let turn = 0; turn < 8; turn += 1) await Promise.resolve();
        if (isSettled) return event;
        if (!clock.runToNextWake()) throw new Error('nothing is left to happen, and the event has not come');
      }
    },
    close: async () => undefined,
  };
}
