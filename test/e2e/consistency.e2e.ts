import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { agentSlotFlags } from '../consistency/agent-slot.ts';
import { agentSlot, ConsistencyRun } from '../consistency/consistency-run.ts';
import { SlotHistory } from '../consistency/history.ts';
import { IndexLedger } from '../consistency/index-ledger.ts';
import { judge } from '../consistency/judge.ts';
import { nodesOf } from '../consistency/read.ts';
import { emptySlot } from '../consistency/slot.ts';
import { StaleProxy } from '../consistency/stale-proxy.ts';
import { stateAfter } from '../consistency/write.ts';
import { HobnobProcess } from '../support/hobnob-process.ts';

/**
 * No answer is older than a write that was acknowledged before it was asked for. A short sample; test/consistency/run
 * makes the whole run of 100,000.
 */

const host = '127.25.13.1';
const port = 8500;
const operations = Number(process.env['HOBNOB_CONSISTENCY_OPERATIONS'] ?? 3_000);
const seed = Number(process.env['HOBNOB_CONSISTENCY_SEED'] ?? Math.floor(Math.random() * 1e9));
/** Far above what it takes, even where every operation needs 30 ms. */
const timeoutMs = 60_000 + operations * 30;

let agent: HobnobProcess | undefined;
beforeAll(async () => {
  agent = await HobnobProcess.start(host, ['-dev', '-log-level=ERR', ...agentSlotFlags(agentSlot)]);
});
afterAll(async () => {
  await agent?.[Symbol.asyncDispose]();
});

test(`${operations} writes and reads at the same time, seed ${seed}`, {
  timeout: timeoutMs,
  retry: 0,
}, async () => {
  const report = await ConsistencyRun.run({ host, port, seed, operations, throughAgent: true });
  expect(report.faults.join('\n')).toBe('');
  expect(report.reads).toBeGreaterThan(operations / 2);
  expect(report.writes).toBeGreaterThan(operations / 20);
});

describe('the run finds what it looks for', () => {
  test('answers that are kept over a write', { retry: 0 }, async () => {
    await using proxy = await StaleProxy.start({ host, port });
    const report = await ConsistencyRun.run({
      host,
      port: proxy.port,
      seed,
      operations: 2_000,
      throughAgent: true,
    });
    expect(report.faults.join('\n')).toMatch(/seed \d+, operation \d+: GET .* acknowledged writes too old/);
  });

  test('an answer that is one acknowledged write behind', () => {
    const history = new SlotHistory();
    const registered = stateAfter(0, emptySlot, { kind: 'node-meta', color: 'blue' }, 1);
    const changed = stateAfter(0, registered, { kind: 'node-meta', color: 'green' }, 2);
    for (const state of [registered, changed]) {
      history.begin(state);
      history.acknowledge();
    }
    const read = nodesOf('', () => true);
    const answer = (v: string, color: string) => [{ Node: 'slot-0-a', Meta: { v, color } }];
    expect(judge(read, answer('2', 'green'), [history], [history.acknowledged])).toEqual([]);
    expect(judge(read, answer('1', 'blue'), [history], [history.acknowledged])).toMatchObject([
      { slot: 0, shown: ['slot-0-a v1 blue'], allowed: [['slot-0-a v2 green']], writesBehind: 1 },
    ]);
    expect(judge(read, answer('1', 'green'), [history], [history.acknowledged])).toMatchObject([
      { writesBehind: undefined },
    ]);
    // A read that began before the second write was acknowledged may show either.
    expect(judge(read, answer('1', 'blue'), [history], [1])).toEqual([]);
  });

  test('an index that goes back, or stays while the answer changes', () => {
    const ledger = new IndexLedger();
    expect(ledger.take('/a', { index: 7, body: '[1]', least: 0 })).toBeUndefined();
    expect(ledger.highest('/a')).toBe(7);
    expect(ledger.take('/a', { index: 6, body: '[0]', least: 0 })).toBeUndefined();
    expect(ledger.take('/a', { index: 6, body: '[0]', least: 7 })).toContain('went back from 7 to 6');
    expect(ledger.take('/a', { index: 7, body: '[2]', least: 7 })).toContain('stayed 7');
    expect(ledger.take('/a', { index: Number.NaN, body: '[2]', least: 7 })).toContain('NaN');
  });
});
