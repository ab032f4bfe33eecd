import { quote } from '../checks/describe.ts';
import type { Core } from '../core.ts';
import { GossipError } from '../errors.ts';
import type { Gossip } from '../gossip.ts';
import type { BroadcastOutcome, Driver } from '../io/driver.ts';
import { encodeTags } from '../wire/tags.ts';
import { readArguments } from './check-arguments.ts';
import type { Lifecycle } from './lifecycle.ts';

/** What changes take from their gossip. */
export interface PoolChangesParts {
  readonly core: Core;
  readonly driver: Pick<Driver, 'broadcast'>;
  readonly lifecycle: Lifecycle;
}

/** Changes that are broadcast to the pool and awaited by their callers: tags and forced leaves. */
export class PoolChanges {
  readonly #parts: PoolChangesParts;

  constructor(parts: PoolChangesParts) {
    this.#parts = parts;
  }

  async forceLeave(...given: Parameters<Gossip['forceLeave']>): Promise<void> {
    const { core, driver, lifecycle } = this.#parts;
    const { name, options } = readArguments('forceLeave', { name: given[0], options: given[1] });
    const { prune = false, signal } = options;
    lifecycle.requireRunning('forceLeave');
    if (core.serf.member(name) === undefined) {
      throw new GossipError('GOSSIP_NO_SUCH_MEMBER', `no member is named ${quote(name)}`);
    }
    signal?.throwIfAborted();
    const outcome = await driver.broadcast(
      (broadcastId) => ({ type: 'force-leave', broadcastId, name, prune }),
      signal,
    );
    requireDone(
      outcome,
      `${quote(name)} has left as this member sees it, but the broadcast did not go out in time`,
    );
  }

  async setTags(...given: Parameters<Gossip['setTags']>): Promise<void> {
    const { driver, lifecycle } = this.#parts;
    const { tags, options } = readArguments('setTags', { tags: given[0], options: given[1] });
    const { signal } = options;
    lifecycle.requireRunning('setTags');
    signal?.throwIfAborted();
    const meta = encodeTags(tags);
    const outcome = await driver.broadcast(
      (broadcastId) => ({ type: 'set-tags', broadcastId, meta }),
      signal,
    );
    requireDone(outcome, 'the tags are set, but the broadcast did not go out in time');
  }
}

function requireDone(outcome: BroadcastOutcome, message: string): void {
  if (outcome === 'timed-out') throw new GossipError('GOSSIP_TIMEOUT', message);
}
