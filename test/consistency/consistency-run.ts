import { seededRng } from '@hobnob/gossip/testing';
import { waitUntil } from '../interop/wait-until.ts';
import { HttpCaller } from '../support/http-caller.ts';
import {
  agentRequestOf,
  agentStateAfter,
  firstAgentState,
  nextAgentWrite,
  prepareRequests,
} from './agent-slot.ts';
import { SlotHistory } from './history.ts';
import { IndexLedger } from './index-ledger.ts';
import { type Fault, judge } from './judge.ts';
import { allReads, nextRead, nextWrite, type PlannedRead, type Random } from './plan.ts';
import type { Read } from './read.ts';
import { nodeNames, type SlotState } from './slot.ts';
import { requestOf, stateAfter, type WriteRequest } from './write.ts';

/** What a run does. The plan of each client follows from the seed; how they meet does not. */
export interface RunOptions {
  readonly host: string;
  readonly port: number;
  readonly seed: number;
  /** Writes and reads together. */
  readonly operations: number;
  /** Whether the agent was started with `agentSlotFlags(agentSlot)`, so that its own API is written to as well. */
  readonly throughAgent: boolean;
}

export interface RunReport {
  readonly seed: number;
  readonly writes: number;
  readonly reads: number;
  /** What was wrong, told in full; the run ends at the first ones. */
  readonly faults: readonly string[];
}

const slotsCount = 16;
/** The slot of the agent's own node. */
export const agentSlot = slotsCount;
const writersCount = 4;
const readersCount = 12;
/** After so many the rest would say the same. */
const faultsMax = 3;
const blockingWait = '40ms';

/** Writes and reads at random, at the same time, and compares every answer with what was acknowledged before. */
export class ConsistencyRun {
  readonly #options: RunOptions;
  readonly #caller: HttpCaller;
  readonly #reads: readonly Read[] = allReads(slotsCount);
  readonly #histories: readonly SlotHistory[];
  readonly #ledger = new IndexLedger();
  readonly #faults: string[] = [];
  #begun = 0;
  #writes = 0;
  #readsDone = 0;

  private constructor(options: RunOptions) {
    this.#options = options;
    const histories = Array.from({ length: slotsCount }, () => new SlotHistory());
    if (options.throughAgent) histories.push(new SlotHistory(firstAgentState(agentSlot)));
    this.#histories = histories;
    const connections = writersCount + 1 + readersCount;
    this.#caller = new HttpCaller(options.host, options.port, { connections, timeoutMs: 60_000 });
  }

  /** @throws Error when a request fails, or is answered by something else than 200. */
  static async run(options: RunOptions): Promise<RunReport> {
    const run = new ConsistencyRun(options);
    try {
      await run.#clear();
      const rng = seededRng(options.seed);
      const random = (label: string): Random => {
        const own = rng.fork(label);
        return () => own.next();
      };
      await Promise.all([
        ...Array.from({ length: writersCount }, (_, writer) =>
          run.#write(writer, random(`writer ${writer}`)),
        ),
        ...(options.throughAgent ? [run.#writeThroughAgent(random('agent'))] : []),
        ...Array.from({ length: readersCount }, (_, reader) => run.#read(random(`reader ${reader}`))),
      ]);
    } finally {
      run.#caller.close();
    }
    return { seed: options.seed, writes: run.#writes, reads: run.#readsDone, faults: run.#faults };
  }

  /** What an earlier run left would be taken for its own. */
  async #clear(): Promise<void> {
    for (let slot = 0; slot < slotsCount; slot += 1) {
      for (const Node of nodeNames(slot))
        await this.#send({ path: '/v1/catalog/deregister', body: { Node } });
    }
    if (!this.#options.throughAgent) return;
    // A service or check that is not there may be an error.
    for (const request of prepareRequests(agentSlot)) await this.#caller.send({ method: 'PUT', ...request });
    // An agent that has just started is a moment away from its first synchronisation.
    await waitUntil(
      "the agent's own node is in the catalog",
      async () => {
        const path = `/v1/health/node/${nodeNames(agentSlot)[0]}`;
        return (await this.#caller.send({ method: 'GET', path })).body.includes('node-check');
      },
      { timeoutMs: 60_000 },
    );
  }

  /** Whether one more operation may begin. */
  #take(): boolean {
    if (this.#begun >= this.#options.operations || this.#faults.length >= faultsMax) return false;
    this.#begun += 1;
    return true;
  }

  async #write(writer: number, random: Random): Promise<void> {
    while (this.#take()) {
      const slot = writer + writersCount * Math.floor(random() * (slotsCount / writersCount));
      const history = this.#history(slot);
      const before = history.current;
      const write = nextWrite(slot, before, random);
      const after = stateAfter(slot, before, write, this.#begun);
      await this.#writeOnce(history, after, requestOf(slot, before, write, after));
    }
  }

  async #writeThroughAgent(random: Random): Promise<void> {
    const history = this.#history(agentSlot);
    while (this.#take()) {
      const before = history.current;
      const write = nextAgentWrite(agentSlot, before, random);
      const after = agentStateAfter(before, write, stateAfter(agentSlot, before, write, this.#begun));
      await this.#writeOnce(history, after, agentRequestOf(agentSlot, write, after));
    }
  }

  #history(slot: number): SlotHistory {
    const history = this.#histories[slot];
    if (history === undefined) throw new RangeError(`there is no slot ${slot}`);
    return history;
  }

  async #writeOnce(history: SlotHistory, after: SlotState, request: WriteRequest): Promise<void> {
    history.begin(after);
    await this.#send(request);
    history.acknowledge();
    this.#writes += 1;
  }

  /** @throws Error on an answer that is not 200. */
  async #send({ path, body }: WriteRequest): Promise<void> {
    const { status, body: text } = await this.#caller.send({ method: 'PUT', path, body });
    if (status !== 200) throw new Error(`${this.#where} ${path} ${JSON.stringify(body)}: ${status} ${text}`);
  }

  async #read(random: Random): Promise<void> {
    while (this.#take()) {
      const planned = nextRead(this.#reads, random);
      const { read, target, gzip } = planned;
      const acknowledged = this.#histories.map((history) => history.acknowledged);
      const least = this.#ledger.highest(target);
      const path = planned.blocking ? blockingPath(target, least) : target;
      const call = { method: 'GET', path, headers: gzip ? { 'Accept-Encoding': 'gzip' } : {} };
      const { status, body, headers } = await this.#caller.send(call);
      if (status !== 200) throw new Error(`${this.#where} ${path}: ${status} ${body}`);
      this.#readsDone += 1;
      const faults = judge(read, JSON.parse(body), this.#histories, acknowledged);
      this.#faults.push(...faults.map((fault) => this.#tell(planned, path, fault)));
      // Consul answers index 1 for a node that is not there.
      if (body.trim() === 'null') continue;
      const index = Number(headers.get('X-Consul-Index') ?? Number.NaN);
      const wrongIndex = this.#ledger.take(target, { index, body: comparable(target, body), least });
      if (wrongIndex !== undefined) this.#faults.push(`${this.#where} GET ${path}: ${wrongIndex}`);
    }
  }

  get #where(): string {
    return `seed ${this.#options.seed}, operation ${this.#begun}:`;
  }

  #tell({ gzip }: PlannedRead, path: string, { slot, shown, allowed, writesBehind }: Fault): string {
    const list = (texts: readonly string[]) => (texts.length === 0 ? 'nothing' : texts.join(', '));
    const age =
      writesBehind === undefined
        ? 'in no state that it was in'
        : `${writesBehind} acknowledged writes too old`;
    return [
      `${this.#where} GET ${path}${gzip ? ' (gzip)' : ''} shows slot ${slot} ${age}:`,
      `  shown:   ${list(shown)}`,
      ...allowed.map((texts) => `  allowed: ${list(texts)}`),
    ].join('\n');
  }
}

function blockingPath(target: string, index: number): string {
  return `${target}${target.includes('?') ? '&' : '?'}index=${index}&wait=${blockingWait}`;
}

/** The rows in an order of their own where coordinates sort them: those change the answer and move no index. */
function comparable(target: string, body: string): string {
  if (!/[?&]near=/.test(target)) return body;
  return (JSON.parse(body) as readonly unknown[])
    .map((row) => JSON.stringify(row))
    .toSorted()
    .join('\n');
}
