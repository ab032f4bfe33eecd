import { setTimeout as delay } from 'node:timers/promises';
import { seededRng } from '@hobnob/gossip/testing';
import { IndexLedger } from '../consistency/index-ledger.ts';
import { HttpCaller } from '../support/http-caller.ts';
import { RecordingClient } from './client.ts';
import type { DurableServer } from './durable-server.ts';
import { judge } from './history.ts';
import { type Random, readAll } from './plan.ts';
import type { Done } from './requests.ts';

/** What a run does. The seed repeats the plans of the clients and the instants; how they meet is left to the machine. */
export interface RoundsOptions {
  readonly server: DurableServer;
  readonly seed: number;
  readonly rounds: number;
  /** Where the clients send to, when not to the server itself. */
  readonly through?: { readonly host: string; readonly port: number };
  /** Variables of the server's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** What happens to the data of a server that was killed; `random` is of the seed. */
  readonly afterKill?: (random: Random) => void;
}

export interface RoundsReport {
  /** Operations that were answered. */
  readonly answered: number;
  /** Operations whose answer was lost with the server, or in time. */
  readonly lost: number;
  /** What was wrong, told in full. */
  readonly faults: readonly string[];
  /** Objects whose history was too much to check. */
  readonly undecided: readonly string[];
}

const clientsCount = 8;
/** So many in one round at most: a history is kept in memory. */
const operationsMax = 1_000;
/** Histories are checked after so many rounds, so that a fault is told early. */
const roundsChecked = 20;
const quietTargets = [
  '/v1/kv/?recurse&consistent',
  '/v1/catalog/nodes?consistent',
  '/v1/catalog/services?consistent',
  '/v1/session/list?consistent',
] as const;

/** Writes under SIGKILL and SIGSTOP: what was acknowledged is there after each restart, and what was not is whole or not there. */
export class KillRounds {
  readonly #options: RoundsOptions;
  readonly #random: Random;
  readonly #history: Done[] = [];
  readonly #ledger = new IndexLedger();
  readonly #faults: string[] = [];
  readonly #clients: readonly RecordingClient[];
  readonly #checker: RecordingClient;
  readonly #startedMs = performance.now();
  #round = 0;
  #undecided: readonly string[] = [];

  private constructor(options: RoundsOptions) {
    this.#options = options;
    const rng = seededRng(options.seed);
    const random = (label: string): Random => {
      const own = rng.fork(label);
      return () => own.next();
    };
    this.#random = random('rounds');
    const record = {
      nowMs: () => performance.now() - this.#startedMs,
      round: () => this.#round,
      add: (done: Done) => this.#history.push(done),
    };
    const client = (name: string) => new RecordingClient(name, random(name), record);
    this.#clients = Array.from({ length: clientsCount }, (_, at) => client(`c${at}`));
    this.#checker = client('check');
  }

  /** The server must not run yet; it ends with the run. @throws Error when it does not start again, or answers what it never may. */
  static async run(options: RoundsOptions): Promise<RoundsReport> {
    const run = new KillRounds(options);
    await run.#start();
    for (run.#round = 1; run.#round <= options.rounds && run.#faults.length === 0; run.#round += 1) {
      await run.#playRound();
      if (run.#round % roundsChecked === 0 || run.#round === options.rounds) run.#judge();
    }
    await options.server.end();
    return run.#report();
  }

  /** Clients write until the server is killed; then it starts again, and everything is read. */
  async #playRound(): Promise<void> {
    const { server } = this.#options;
    const isPaused = this.#random() < 0.3;
    const lifeMs = 30 + this.#random() * 500;
    const pauseMs = 100 + this.#random() * 500;
    const left = { count: operationsMax, isOver: false };
    // Some clients are impatient, and lose answers that are on their way.
    const working = this.#clients.map((client, at) => this.#work(client, at % 2 === 0 ? 250 : 20_000, left));
    const failed = Promise.all(working);
    // A client that fails is told below; until then the round goes on.
    failed.catch(() => undefined);
    await delay(lifeMs);
    if (isPaused) {
      server.pause();
      await delay(pauseMs);
      server.resume();
      await delay(this.#random() * 50);
    }
    await server.end('SIGKILL');
    left.isOver = true;
    await failed;
    this.#close();
    this.#options.afterKill?.(this.#random);
    await this.#start();
    await this.#readBack();
  }

  #start(): Promise<void> {
    const { server, env = {} } = this.#options;
    return server.start({ env });
  }

  /** One client's share of a round: until the server is gone. */
  async #work(
    client: RecordingClient,
    timeoutMs: number,
    left: { count: number; readonly isOver: boolean },
  ): Promise<void> {
    const caller = this.#caller(timeoutMs);
    try {
      while (!left.isOver && left.count > 0) {
        left.count -= 1;
        const sent = await client.next(caller);
        if (sent === 'lost' && timeoutMs >= 20_000) return;
      }
    } finally {
      caller.close();
    }
  }

  #caller(timeoutMs: number): HttpCaller {
    const { host, port } = this.#options.through ?? this.#options.server;
    return new HttpCaller(host, port, { connections: 1, timeoutMs });
  }

  /** The server has ended: what it was not heard to have done by now, it has done before or will never do. */
  #close(): void {
    const endedAt = performance.now() - this.#startedMs;
    for (const [at, done] of this.#history.entries())
      if (done.returnedAt === Number.POSITIVE_INFINITY) this.#history[at] = { ...done, returnedAt: endedAt };
  }

  async #readBack(): Promise<void> {
    const caller = this.#caller(20_000);
    try {
      for (const input of readAll()) {
        const sent = await this.#checker.send(caller, input);
        if (sent === 'lost') throw new Error(`${this.#where}: no answer to ${JSON.stringify(input)}`);
      }
      for (const target of quietTargets) {
        const { body, headers } = await caller.send({ method: 'GET', path: target });
        const index = Number(headers.get('X-Consul-Index') ?? Number.NaN);
        const fault = this.#ledger.take(target, { index, body, least: this.#ledger.highest(target) });
        if (fault !== undefined) this.#faults.push(`${this.#where}: GET ${target}: ${fault}`);
      }
    } finally {
      caller.close();
    }
    const kvIndex = this.#ledger.highest(quietTargets[0]);
    const shown = Math.max(0, ...this.#history.map(highestShown));
    if (shown > kvIndex)
      this.#faults.push(
        `${this.#where}: an answer showed index ${shown}, and after the restart it is ${kvIndex}`,
      );
  }

  #judge(): void {
    const { broken, undecided } = judge(this.#history);
    this.#faults.push(...broken.map((story) => `${this.#where}: ${story}`));
    this.#undecided = undecided;
  }

  get #where(): string {
    return `${this.#options.server.program}, seed ${this.#options.seed}, round ${this.#round}`;
  }

  #report(): RoundsReport {
    const lost = this.#history.filter(({ output }) => output === undefined).length;
    const answered = this.#history.length - lost;
    return { answered, lost, faults: this.#faults, undecided: this.#undecided };
  }
}

/** The highest index of a key that an answer showed; services have others. */
function highestShown({ input, output }: Done): number {
  if (input.object.startsWith('svc-')) return 0;
  if (output?.kind === 'shown') return output.entry?.index ?? 0;
  if (output?.kind === 'results') return Math.max(0, ...(output.shown ?? []).map(({ index }) => index));
  return 0;
}
