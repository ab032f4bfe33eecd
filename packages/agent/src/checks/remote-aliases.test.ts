import type { QueryMeta, Rpc } from '@hobnob/catalog';
import { create, HealthCheck, NodeRecord, NodeService } from '@hobnob/catalog/records';
import { VirtualClock } from '@hobnob/gossip/testing';
import { expect, test } from 'vitest';
import type { AliasCheck } from './kinds.ts';
import { RemoteAliases } from './remote-aliases.ts';

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const alias: AliasCheck = {
  kind: 'alias',
  id: 'al',
  name: 'al',
  notes: '',
  type: 'alias',
  serviceId: '',
  initialStatus: 'critical',
  outputBytesMax: 4096,
  deregisterCriticalAfterMs: undefined,
  aliasNode: 'other',
  aliasService: 'web',
};

const meta: QueryMeta = { Index: 0, LastContact: 0n, KnownLeader: true, ConsistencyLevel: '' };

interface Asked {
  readonly method: string;
  readonly index: number;
  readonly atMs: number;
  readonly signal: AbortSignal | undefined;
  answer(reply: object | Error): Promise<void>;
}

/** Alias checks whose questions the test answers. */
function aliasesOnFakes() {
  const clock = new VirtualClock();
  const asked: Asked[] = [];
  const results: string[] = [];
  const rpc = {
    call: (
      method: string,
      request: { readonly MinQueryIndex?: number },
      options: { readonly signal?: AbortSignal },
    ) =>
      new Promise((resolve, reject) => {
        const { signal } = options;
        const abort = (): void => reject(signal?.reason);
        const answer = (reply: object | Error): Promise<void> => {
          signal?.removeEventListener('abort', abort);
          if (reply instanceof Error) reject(reply);
          // The test answers each method with what that method replies.
          else resolve({ ...meta, ...reply } as never);
          return settle();
        };
        signal?.addEventListener('abort', abort);
        asked.push({ method, index: request.MinQueryIndex ?? 0, atMs: clock.nowMs(), signal, answer });
      }),
  } as Rpc;
  const aliases = new RemoteAliases({
    rpc,
    datacenter: 'dc1',
    clock,
    onResult: (id, { status, output }) => results.push(`${id} ${status} ${output}`),
  });
  const last = (): Asked => {
    const one = asked.at(-1);
    if (one === undefined) throw new Error('nothing was asked');
    return one;
  };
  return { aliases, clock, asked, last, results };
}

const check = (Status: string, ServiceID: string) =>
  create(HealthCheck, { Node: 'Other', CheckID: 'c', Name: 'c', Status, Output: 'why', ServiceID });

test('it asks again with the index of the last answer, and has the state of the checks of then', async () => {
  const { aliases, clock, last, results } = aliasesOnFakes();
  aliases.set(alias);
  expect(last()).toMatchObject({ method: 'Health.NodeChecks', index: 0 });
  await last().answer({ Index: 7, HealthChecks: [check('passing', 'web'), check('critical', 'db')] });
  clock.advance(100);
  await settle();
  expect(last()).toMatchObject({ method: 'Health.NodeChecks', index: 7 });
  await last().answer({ Index: 9, HealthChecks: [check('passing', 'web'), check('warning', '')] });
  expect(results).toEqual(['al passing All checks passing.', 'al warning Aliased check "c" failing: why']);
});

test('an index that goes back is not asked for', async () => {
  const { aliases, clock, last } = aliasesOnFakes();
  aliases.set(alias);
  for (const [Index, next] of [
    [7, 7],
    [3, 0],
  ] as const) {
    await last().answer({ Index, HealthChecks: [check('passing', 'web')] });
    clock.advance(100);
    await settle();
    expect(last().index).toBe(next);
  }
});

test('a service without checks is looked for among the services of the node', async () => {
  const node = create(NodeRecord, { Node: 'other' });
  const web = create(NodeService, { ID: 'web', Service: 'web' });
  for (const [NodeServices, expected] of [
    [{ Node: node, Services: { web } }, 'al passing No checks found.'],
    [{ Node: node, Services: {} }, 'al critical Service web could not be found on node other'],
    [null, 'al critical Service web could not be found on node other'],
  ] as const) {
    const { aliases, last, results } = aliasesOnFakes();
    aliases.set(alias);
    await last().answer({ Index: 7, HealthChecks: [] });
    expect(last().method).toBe('Catalog.NodeServices');
    await last().answer({ NodeServices });
    expect(results).toEqual([expected]);
  }
});

test('failures are critical with their text, and the pauses between them grow to a minute', async () => {
  const { aliases, clock, asked, last, results } = aliasesOnFakes();
  aliases.set(alias);
  for (let n = 0; n < 12; n += 1) {
    await last().answer(new Error('No cluster leader'));
    clock.advance(60_000);
    await settle();
  }
  expect(results[0]).toBe('al critical Failure checking aliased node or service: No cluster leader');
  expect(asked).toHaveLength(13);
  const waits = aliasesOnFakes();
  waits.aliases.set(alias);
  const pauses: number[] = [];
  for (let n = 0; n < 11; n += 1) {
    const beforeMs = waits.clock.nowMs();
    await waits.last().answer(new Error('x'));
    waits.clock.runToNextWake();
    await settle();
    pauses.push(waits.clock.nowMs() - beforeMs);
  }
  expect(pauses).toEqual([100, 100, 100, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
});

test('a check that is replaced, removed or closed asks no more, and has no result', async () => {
  const { aliases, clock, asked, results } = aliasesOnFakes();
  aliases.set(alias);
  aliases.set({ ...alias, aliasNode: 'third' });
  expect(asked[0]?.signal?.aborted).toBe(true);
  aliases.remove('unknown');
  aliases.remove('al');
  aliases.set({ ...alias, id: 'b' });
  aliases.close();
  for (const one of asked) await one.answer({ Index: 1, HealthChecks: [check('passing', 'web')] });
  clock.advance(600_000);
  await settle();
  expect(asked).toHaveLength(3);
  expect(results).toEqual([]);
  expect(clock.pendingCount).toBe(0);
});
