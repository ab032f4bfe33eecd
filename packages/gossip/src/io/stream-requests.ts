import type { CoreInput } from '../core.ts';
import { IdSequence, type StreamId } from '../ids.ts';
import { poolProbeRequest } from '../swim/push-pull/push-pull.ts';
import type { Contact } from '../swim/types.ts';
import type { Address } from '../wire/address.ts';
import type { PushPull } from '../wire/swim-messages.ts';
import { PeerStreams, type PeerStreamsParts } from './peer-streams.ts';
import { PendingRequests } from './pending-requests.ts';

/** Requests over streams whose answers go to the caller and never reach the core: pool probes, and pings by name. */
export class StreamRequests {
  readonly #peerStreams: PeerStreams;
  readonly #ids = new IdSequence<StreamId>();
  readonly #poolProbes = new PendingRequests<StreamId, Contact<PushPull>>(() => this.#ids.next());
  readonly #pings = new PendingRequests<StreamId, Contact<undefined>>(() => this.#ids.next());

  constructor(parts: Omit<PeerStreamsParts, 'feed'>) {
    this.#peerStreams = new PeerStreams({ ...parts, feed: (input) => this.#settle(input) });
  }

  /** Asks an address for its state and sends none of ours. Rejects with the signal's reason. */
  probePool(to: Address, timeoutMs: number, signal: AbortSignal): Promise<Contact<PushPull>> {
    return this.#poolProbes.begin((streamId) => {
      this.#peerStreams.begin(streamId, to, poolProbeRequest, timeoutMs);
    }, signal);
  }

  /** Pings the member of this name at an address: only that member answers. Rejects with the signal's reason. */
  ping(name: string, to: Address, timeoutMs: number, signal: AbortSignal): Promise<Contact<undefined>> {
    return this.#pings.begin((streamId) => {
      this.#peerStreams.begin(streamId, to, { type: 'ping', seq: streamId, node: name }, timeoutMs);
    }, signal);
  }

  /** Rejects the requests that wait, and all that come later. */
  close(reason: unknown): void {
    this.#poolProbes.close(reason);
    this.#pings.close(reason);
  }

  #settle(input: CoreInput): void {
    switch (input.type) {
      case 'push-pull-reply':
        this.#poolProbes.settle(input.streamId, { ok: true, value: input.state });
        return;
      case 'push-pull-failed':
        this.#poolProbes.settle(input.streamId, { ok: false, failure: input.failure });
        return;
      case 'stream-ping-reply':
        this.#pings.settle(input.streamId, { ok: true, value: undefined });
        return;
      case 'stream-ping-failed':
        this.#pings.settle(input.streamId, { ok: false, failure: input.failure });
        return;
    }
  }
}
