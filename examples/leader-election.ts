/**
 * Leader election. Three workers want one lock; who holds it works, and writes where it is into the value of the lock's key.
 * When its turn is over it releases the lock, and the next one leads. A worker whose lock is lost stops its work, since
 * another one may lead by then: that is what `signal` is for. A watch follows who leads.
 *
 *     node examples/dist/leader-election.js                    # with an agent of its own
 *     node examples/dist/leader-election.js 127.0.0.1:8500     # with a running server, ours or a real Consul
 */
import { setTimeout as pause } from 'node:timers/promises';
import { createClient, watch } from '@hobnob/agent/client';
import { createTestAgent } from '@hobnob/agent/testing';

const [, , given] = process.argv;
const own = given === undefined ? await createTestAgent() : undefined;
const client = createClient({ address: given ?? own?.httpAddress ?? '' });
const key = `service/example-${process.pid}/leader`;

/** Leads until its work is done, and begins anew when it loses the lock before. */
async function work(name: string): Promise<void> {
  for (;;) {
    await using leadership = await client.lock(key, { value: name }).acquire();
    const { signal } = leadership;
    try {
      await pause(200, undefined, { signal });
      process.stdout.write(`${name} has done its work\n`);
      return;
    } catch (error) {
      if (!signal.aborted) throw error;
      process.stdout.write(`${name} leads no more: ${String(signal.reason)}\n`);
    }
  }
}

/** Who leads, as everybody can see it; a short reign may pass between two answers. */
async function follow(signal: AbortSignal): Promise<void> {
  for await (const { value: entry } of watch((options) => client.kv.get(key, options), { signal })) {
    if (entry === undefined || entry.Session === '') continue;
    process.stdout.write(`${Buffer.from(entry.Value).toString()} leads\n`);
  }
}

const done = new AbortController();
const following = follow(done.signal);
try {
  await Promise.all(['worker-1', 'worker-2', 'worker-3'].map(work));
  await client.lock(key).destroy();
} finally {
  done.abort();
  await following;
  await own?.close();
}
