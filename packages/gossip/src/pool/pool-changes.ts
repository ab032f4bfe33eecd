import { quote } from '../checks/describe.ts';
import type { Core, CoreInput } from '../core.ts';
import { GossipError } from '../errors.ts';
import type { Gossip } from '../gossip.ts';
import type { BroadcastId } from '../ids.ts';
import { Pending } from '../io/pending.ts';
import { encodeTags } from '../wire/tags.ts';
import { readArguments } from './check-arguments.ts';
import type { Lifecycle } from './lifecycle.ts';

/** What changes need of the gossip they belong to. */
export interface PoolChangesParts {
  readonly core: Core;
  readonly feed: (input: CoreInput) => void;
  readonly lifecycle: Lifecycle;
}

/** Changes that are broadcast to the pool, and whose callers wait until the broadcast is out: tags, forced leaves. */
export class PoolChanges {
  readonly #parts: PoolChangesParts;
  readonly #broadcastIds = new Pending<'done' | 'timed-out'>();

  constructor(parts: PoolChangesParts) {
    this.#parts = parts;
  }

  async forceLeave(...given: Parameters<Gossip['forceLeave']>): Promise<void> {
    const { core, feed, lifecycle } = this.#parts;
    const { name, options } = readArguments('forceLeave', { name: given[0], options: given[1] });
    const { prune = false, signal } = options;
    lifecycle.requireRunning('forceLeave');
    if (core.serf.member(name) === undefined) {
      throw new GossipError('GOSSIP_NO_SUCH_MEMBER', `no member is named ${quote(name)}`);
    }
    signal?.throwIfAborted();
    const broadcastId = core.newBroadcastId();
    const settled = this.#broadcastIds.wait(broadcastId, signal);
    feed({ type: 'force-leave', broadcastId, name, prune });
    requireDone(await settled, `${quote(name)} is forced out here, but the pool may not have heard of it`);
  }

  async setTags(...given: Parameters<Gossip['setTags']>): Promise<void> {
    const { core, feed, lifecycle } = this.#parts;
    const { tags, options } = readArguments('setTags', { tags: given[0], options: given[1] });
    const { signal } = options;
    lifecycle.requireRunning('setTags');
    signal?.throwIfAborted();
    const meta = encodeTags(tags);
    const broadcastId = core.newBroadcastId();
    const settled = this.#broadcastIds.wait(broadcastId, signal);
    feed({ type: 'set-tags', broadcastId, meta });
    requireDone(await settled, 'the tags are set here, but the pool may not have heard of it');
  }

  settled(broadcastId: BroadcastId, outcome: 'done' | 'timed-out'): void {
    this.#broadcastIds.answer(broadcastId, outcome);
  }

  /** Ends every change that is waited for. */
  rejectAll(reason: Error): void {
    this.#broadcastIds.rejectAll(reason);
  }
}

function requireDone(outcome: 'done' | 'timed-out', otherwise: string): void {
  if (outcome === 'timed-out') throw new GossipError('GOSSIP_TIMEOUT', otherwise);
}
