import { afterEach, beforeEach, describe } from 'vitest';
import { describePackets } from './packet-contract.ts';
import { describeStreamLimits, describeStreams } from './stream-contract.ts';
import type { OpenOptions, TransportPair, TransportWorld } from './transport-world.ts';

/** What every pair of transports must do, real or simulated. */
export function describeTransportContract(name: string, createWorld: () => TransportWorld): void {
  describe(`${name}: the transport contract`, () => {
    let world: TransportWorld;

    beforeEach(() => {
      world = createWorld();
    });

    afterEach(() => world.close());

    const open = (host: number, options?: OpenOptions): Promise<TransportPair> => world.open(host, options);
    const until = <T>(event: Promise<T>): Promise<T> => world.until(event);
    describePackets({ open, until });
    describeStreams({ open, until, vacantAddress: () => world.vacantAddress() });
    describeStreamLimits({ open, until });
  });
}
