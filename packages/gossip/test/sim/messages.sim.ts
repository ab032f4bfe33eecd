import { definePayload, type QueryEvent } from '@hobnob/gossip';
import { createTestCluster, type TestCluster } from '@hobnob/gossip/testing';
import { afterEach, describe, expect, test } from 'vitest';

const open: TestCluster[] = [];

async function clusterOf(nodes: number, seed: number, gossip = {}): Promise<TestCluster> {
  const cluster = await createTestCluster({ nodes, seed, gossip });
  open.push(cluster);
  return cluster;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((cluster) => cluster[Symbol.asyncDispose]()));
});

describe('messages in virtual time', () => {
  test('an event reaches every member exactly once', async () => {
    const cluster = await clusterOf(12, 21);
    const received: string[] = [];
    for (const name of cluster.names) {
      cluster.gossip(name).on('user-event', (event) => received.push(`${name} ${event.name}`));
    }
    cluster.gossip('m3').userEvent('deploy', Uint8Array.of(1));
    await cluster.advance(10_000);
    expect(received.toSorted()).toEqual(cluster.names.map((name) => `${name} deploy`).toSorted());
  });

  test('a query with a tag filter collects a response of each member that matches', async () => {
    const cluster = await clusterOf(8, 22);
    await cluster.settle(cluster.gossip('m2').setTags({ role: 'web-1' }));
    await cluster.settle(cluster.gossip('m5').setTags({ role: 'web-2' }));
    for (const name of cluster.names) {
      cluster.gossip(name).on('query', (query) => query.respond(Buffer.from(`${query.from} ${query.name}`)));
    }
    const options = { tags: { role: '^web-\\d$' }, ack: true, timeoutMs: 30_000 };
    const { acks, responses, membersCount, ended } = await cluster.settle(
      cluster.gossip('m1').query('load', undefined, options).done,
    );
    expect(acks.toSorted()).toEqual(['m2', 'm5']);
    expect(responses.map(({ payload }) => Buffer.from(payload).toString())).toEqual(['m1 load', 'm1 load']);
    expect({ membersCount, ended }).toEqual({ membersCount: 8, ended: 'timed-out' });
  });

  test('a response that is late, repeated or after the close is not sent, and is no error', async () => {
    const cluster = await clusterOf(2, 24);
    const sent: boolean[] = [];
    const listener = async (query: QueryEvent): Promise<void> => {
      sent.push(query.respond(Buffer.from('at once')), query.respond(Buffer.from('again')));
      await new Promise<void>((resolve) => cluster.clock.wakeAt(cluster.clock.nowMs() + 700, resolve));
      sent.push(await query.respond(Buffer.from('late')));
    };
    const [asker, responder] = [cluster.gossip('m1'), cluster.gossip('m2')];
    responder.on('query', listener);
    const asked = asker.query('version', undefined, { timeoutMs: 300 });
    const { responses, ended, unanswered } = await cluster.settle(asked.done);
    expect(responses.map(({ from, payload }) => `${from} ${Buffer.from(payload)}`)).toEqual(['m2 at once']);
    expect({ ended, unanswered }).toEqual({ ended: 'timed-out', unanswered: ['m1'] });
    await cluster.advance(1000);
    expect(sent).toEqual([true, false, false]);
    expect(responder.stats().dropped).toMatchObject({ 'repeated-response': 1, 'late-response': 1 });
    const next = responder.once('query');
    asker.query('version');
    await cluster.advance(300);
    const query = await next;
    await cluster.stop('m2');
    expect(query.respond(Buffer.from('closed'))).toBe(false);
  });

  test('a response that is too large or no bytes throws, and the error of the listener is counted', async () => {
    const cluster = await clusterOf(1, 25);
    const codes: unknown[] = [];
    const gossip = cluster.gossip('m1');
    gossip.on('query', (query) => {
      for (const payload of [new Uint8Array(1100), 'text' as unknown as Uint8Array]) {
        try {
          query.respond(payload);
        } catch (error) {
          codes.push(error instanceof TypeError ? 'TypeError' : (error as { code?: string }).code);
        }
      }
    });
    gossip.query('version');
    expect(codes).toEqual(['GOSSIP_TOO_LARGE', 'TypeError']);
    gossip.on('query', async (query) => query.respond(new Uint8Array(1100)));
    gossip.query('again');
    await Promise.resolve();
    await expect(cluster.advance(1)).rejects.toMatchObject({ code: 'GOSSIP_TOO_LARGE' });
    expect(gossip.stats().listenerErrorsCount).toBe(1);
  });

  test('a rejected promise of a listener of the whole pool ends the next advance, not the process', async () => {
    const cluster = await clusterOf(2, 28);
    cluster.onEvent(({ event }) => (event.type === 'user-event' ? Promise.reject(new Error('a bug')) : 0));
    cluster.gossip('m1').userEvent('deploy');
    await Promise.resolve();
    await expect(cluster.advance(1)).rejects.toThrow('a bug');
  });

  test('a query ends when every member that it was for has answered', async () => {
    const cluster = await clusterOf(5, 26);
    for (const name of cluster.names) {
      cluster.gossip(name).on('query', ({ respond }) => respond(Buffer.from(name)));
    }
    const gossip = cluster.gossip('m1');
    const startedMs = cluster.clock.nowMs();
    const all = gossip.query('who', undefined, { timeoutMs: 60_000, ack: true });
    expect(all.membersCount).toBe(5);
    expect(await cluster.settle(all.done)).toMatchObject({ ended: 'all-answered', unanswered: [] });
    expect((await all.done).acks.toSorted()).toEqual(cluster.names);
    const some = gossip.query('who', undefined, { timeoutMs: 60_000, nodes: ['m2', 'm4', 'm4'] });
    expect(await cluster.settle(some.done)).toMatchObject({ ended: 'all-answered', membersCount: 5 });
    expect(cluster.clock.nowMs() - startedMs).toBeLessThan(5000);
    const missing = gossip.query('who', undefined, { timeoutMs: 500, nodes: ['m2', 'm9'] });
    expect(await cluster.settle(missing.done)).toMatchObject({ ended: 'timed-out', unanswered: ['m9'] });
    const tagged = gossip.query('who', undefined, { timeoutMs: 500, tags: { role: '' } });
    expect(await cluster.settle(tagged.done)).toMatchObject({ ended: 'timed-out', unanswered: undefined });
  });

  test('a request packs the question, reads the answers and names the members without an answer', async () => {
    const cluster = await clusterOf(4, 27);
    const numbers = definePayload((value): value is number => typeof value === 'number');
    for (const name of ['m1', 'm2']) {
      cluster.gossip(name).on('query', ({ payload, respond }) => {
        respond(numbers.pack(numbers.unpack(payload) * 2));
      });
    }
    cluster.gossip('m3').on('query', ({ respond }) => respond(Buffer.from('nonsense')));
    const gossip = cluster.gossip('m1');
    const options = { payload: 21, question: numbers, answer: numbers, timeoutMs: 1000 };
    const result = await cluster.settle(gossip.request('double', options));
    expect(result.answers.toSorted((a, b) => (a.from < b.from ? -1 : 1))).toEqual([
      { from: 'm1', value: 42 },
      { from: 'm2', value: 42 },
    ]);
    expect(result.unreadable).toMatchObject([{ from: 'm3', error: { code: 'GOSSIP_PAYLOAD' } }]);
    expect(result).toMatchObject({ unanswered: ['m4'], membersCount: 4, ended: 'timed-out' });
    const bytes = await cluster.settle(gossip.request('raw', { nodes: ['m3'] }));
    expect(bytes.answers).toMatchObject([{ from: 'm3', value: new Uint8Array(Buffer.from('nonsense')) }]);
    // A reader of one's own that is asynchronous, although the types forbid it: a peer's answer ends no process.
    const answer = { unpack: () => Promise.reject(new Error('later')) as never };
    const late = await cluster.settle(gossip.request('raw', { nodes: ['m3'], answer }));
    expect(late.unreadable).toMatchObject([{ from: 'm3', error: { message: 'later' } }]);
    const controller = new AbortController();
    const aborted = gossip.request('raw', { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
    const ended = gossip.request('raw');
    await cluster.stop('m1');
    await expect(ended).rejects.toMatchObject({ code: 'GOSSIP_CLOSED' });
    await gossip.closed;
  });

  test('keys rotate under traffic without a lost packet', async () => {
    const [before, after] = [new Uint8Array(16).fill(1), new Uint8Array(32).fill(2)];
    const cluster = await clusterOf(8, 23, { encryption: { keys: [before] } });
    const { keys } = cluster.gossip('m1');
    const isTraffic = { on: true };
    const chatter = (async () => {
      for (let i = 0; isTraffic.on; i += 1) {
        cluster.gossip(`m${(i % 8) + 1}`).userEvent('chatter', Uint8Array.of(i & 255));
        await new Promise<void>((resolve) => cluster.clock.wakeAt(cluster.clock.nowMs() + 50, resolve));
      }
    })();
    const whole = { nodes: 8, responded: 8, failed: 0 };
    const options = { timeoutMs: 20_000 };
    expect(await cluster.settle(keys.install(after, options))).toMatchObject(whole);
    expect(await cluster.settle(keys.use(after, options))).toMatchObject(whole);
    expect(await cluster.settle(keys.remove(before, options))).toMatchObject(whole);
    const text = Buffer.from(after).toString('base64');
    expect(await cluster.settle(keys.list(options))).toMatchObject({ ...whole, keys: { [text]: 8 } });
    await cluster.advance(5000);
    isTraffic.on = false;
    await cluster.settle(chatter);
    for (const name of cluster.names) {
      expect(cluster.gossip(name).stats().dropped).not.toHaveProperty('WIRE_DECRYPT');
    }
    expect(cluster.isConverged()).toBe(true);
  });

  test('a rotation names the failed members that missed it', async () => {
    const [before, after] = [new Uint8Array(16).fill(1), new Uint8Array(32).fill(2)];
    const cluster = await clusterOf(4, 29, { encryption: { keys: [before] } });
    cluster.crash('m3');
    await cluster.advanceUntil(() => cluster.statusSeenBy('m1', 'm3') === 'failed', 60_000);
    const { keys } = cluster.gossip('m1');
    const steps = [
      () => keys.install(after),
      () => keys.use(after),
      () => keys.remove(before),
      () => keys.list(),
    ];
    for (const step of steps) {
      expect(await cluster.settle(step())).toMatchObject({ nodes: 3, responded: 3, missedBy: ['m3'] });
    }
    expect(
      cluster.history().filter((entry) => JSON.stringify(entry).includes('missed a change')).length,
    ).toBe(3);
  });
});
