import { equal } from 'node:assert/strict';
import { HttpCaller } from '../../support/http-caller.ts';
import { describeMachine, formatTable, median } from '../measure.ts';
import type { Side } from './agent-process.ts';
import { get, type PairMember, put, withDevPair } from './dev-pair.ts';
import { cpuMsOf } from './process-cpu.ts';
import { percentile99, ratio } from './ratio.ts';

const prefix = '127.29.17';
const contendersCount = 100;
const handoversCount = 200;
const rounds = 3;
const lockPath = '/v1/kv/lock/.lock';

interface Handovers {
  /** From the begin of a release to the answer that tells the next one that it holds the lock. */
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly perSecond: number;
  /** CPU time of the agent for one handover: the release, a hundred answers and attempts, and new questions. */
  readonly cpuUs: number;
}

const figures: readonly (readonly [keyof Handovers, string, number])[] = [
  ['medianMs', 'from a release to the next acquire, median ms', 1],
  ['p99Ms', 'the same, p99 ms', 1],
  ['perSecond', 'handovers a second', 1],
  ['cpuUs', 'CPU of a handover, µs', 0],
];

/** Measures how fast a lock with 100 contenders, as Go's client makes them, changes hands, on `agent -dev` of both sides in turn. */
export async function run(): Promise<void> {
  await withDevPair(prefix, {}, async (pair) => {
    const samples: Record<Side, Handovers[]> = { consul: [], hobnob: [] };
    for (let round = -1; round < rounds; round += 1) {
      for (const member of pair) {
        const handovers = await measure(member);
        if (round >= 0) samples[member.side].push(handovers);
      }
    }
    const rows = figures.map(([figure, name, digits]) => {
      const of = (side: Side) => median(samples[side].map((sample) => sample[figure]));
      return [
        name,
        of('consul').toFixed(digits),
        of('hobnob').toFixed(digits),
        ratio(of('hobnob'), of('consul')),
      ];
    });
    process.stdout.write(
      `${describeMachine()}; median of ${rounds} rounds of ${handoversCount} handovers in turn\n\n` +
        formatTable([`${contendersCount} contenders`, 'Consul', 'Hobnob', 'Hobnob : Consul'], rows),
    );
  });
}

async function measure({ agent, caller }: PairMember): Promise<Handovers> {
  const contest = new Contest(agent.host);
  try {
    const before = await cpuMsOf(agent.pid);
    const startedAtMs = performance.now();
    await contest.run();
    const elapsedMs = performance.now() - startedAtMs;
    const cpuUs = (((await cpuMsOf(agent.pid)) - before) * 1000) / handoversCount;
    const [entry] = await get<{ LockIndex: number; Session?: string }[]>(caller, lockPath);
    equal(entry?.Session, undefined);
    return {
      medianMs: median(contest.handoverMs),
      p99Ms: percentile99(contest.handoverMs),
      perSecond: (handoversCount * 1000) / elapsedMs,
      cpuUs,
    };
  } finally {
    contest.close();
    // The next round counts its handovers from nothing.
    await caller.send({ method: 'DELETE', path: lockPath });
  }
}

/** Many who want one lock: who holds it lets go at once, and all others try for it. */
class Contest {
  readonly handoverMs: number[] = [];
  readonly #caller: HttpCaller;
  #releasedAtMs: number | undefined;
  #holder: string | undefined;
  #acquired = 0;

  constructor(host: string) {
    this.#caller = new HttpCaller(host, 8500, { connections: contendersCount });
  }

  async run(): Promise<void> {
    await Promise.all(Array.from({ length: contendersCount }, () => this.#contend()));
  }

  close(): void {
    this.#caller.close();
  }

  get #isOver(): boolean {
    return this.#acquired > handoversCount;
  }

  /** As the lock of Go's client: a question that waits for the lock to be free, then an attempt. */
  async #contend(): Promise<void> {
    const created = await this.#caller.send({
      method: 'PUT',
      path: '/v1/session/create',
      body: { LockDelay: '0s' },
    });
    const { ID: session } = JSON.parse(created.body) as { readonly ID: string };
    let index = '';
    while (!this.#isOver) {
      const path = `${lockPath}?${index === '' ? '' : `index=${index}&wait=15s`}`;
      const answer = await this.#caller.send({ method: 'GET', path });
      index = answer.headers.get('X-Consul-Index') ?? '';
      if (answer.status === 200 && answer.body.includes('"Session"')) continue;
      if (!this.#isOver && (await this.#try(session))) await this.#release(session);
    }
    await put(this.#caller, `/v1/session/destroy/${session}`, '');
  }

  async #try(session: string): Promise<boolean> {
    const answer = await this.#caller.send({
      method: 'PUT',
      path: `${lockPath}?acquire=${session}`,
      body: 'x',
    });
    if (answer.body.trim() !== 'true') return false;
    equal(this.#holder, undefined, 'two hold the lock');
    this.#holder = session;
    this.#acquired += 1;
    if (this.#releasedAtMs !== undefined) this.handoverMs.push(performance.now() - this.#releasedAtMs);
    return true;
  }

  async #release(session: string): Promise<void> {
    this.#holder = undefined;
    this.#releasedAtMs = performance.now();
    const answer = await this.#caller.send({
      method: 'PUT',
      path: `${lockPath}?release=${session}`,
      body: 'x',
    });
    equal(answer.body.trim(), 'true');
  }
}
