import { setTimeout as delay } from 'node:timers/promises';
import type { HttpCaller } from '../../support/http-caller.ts';
import { get, put } from './dev-pair.ts';
import { instanceOf } from './registrations.ts';

/** How a stream of changes goes. */
export interface ChangeOptions {
  readonly services: readonly string[];
  /** Of so many, the first ones, the time from a change to its watcher is taken. */
  readonly watched: number;
  readonly changesPerSecond: number;
}

/** What the changes took. Times are in milliseconds, one for each change. */
export interface ChangeTimes {
  readonly perSecond: number;
  /** From a write's begin to its acknowledgement. */
  readonly writeMs: readonly number[];
  /** From a write's begin to the answer of a blocking query that shows it. */
  readonly watcherMs: readonly number[];
}

const burstEveryMs = 20;
/** More are not sent at the same time: an agent that cannot keep up gets fewer changes, not a growing queue. */
const atOnceMax = 64;
/** A service is on this one of the nodes. */
const nodeOf = (index: number) => `churn-${index % 100}`;

/** Keeps the checks of services changing, at an even rate, and watches some of them. */
export class ChangeWriter {
  readonly #caller: HttpCaller;
  readonly #watchCaller: HttpCaller;
  readonly #options: ChangeOptions;
  /** When the newest change of each service began, by its number. */
  readonly #begun = new Map<string, { readonly change: number; readonly atMs: number }>();
  #change = 0;
  #stopped = false;

  /** `watchCaller` has connections of its own: as many as services are watched. */
  constructor(caller: HttpCaller, watchCaller: HttpCaller, options: ChangeOptions) {
    this.#caller = caller;
    this.#watchCaller = watchCaller;
    this.#options = options;
  }

  /** Writes every service once. */
  async fill(): Promise<void> {
    for (const index of this.#options.services.keys()) await this.#write(index);
  }

  /** Changes and watches until `until` is settled. */
  async during(until: Promise<unknown>): Promise<ChangeTimes> {
    this.#stopped = false;
    const startedAtMs = performance.now();
    const writeMs: number[] = [];
    const watcherMs: number[] = [];
    const watchers = this.#options.services
      .slice(0, this.#options.watched)
      .map((service) => this.#watch(service, watcherMs));
    const writer = this.#keepWriting(writeMs);
    try {
      await until;
    } finally {
      this.#stopped = true;
    }
    const elapsedMs = performance.now() - startedAtMs;
    await writer;
    const perSecond = (writeMs.length * 1000) / elapsedMs;
    // One more change of each ends its blocking query.
    for (let index = 0; index < this.#options.watched; index += 1) await this.#write(index);
    await Promise.all(watchers);
    return { perSecond, writeMs, watcherMs };
  }

  async #keepWriting(writeMs: number[]): Promise<void> {
    const { services, changesPerSecond } = this.#options;
    const startedAtMs = performance.now();
    let written = 0;
    let failed: unknown;
    const running = new Set<Promise<void>>();
    while (!this.#stopped && failed === undefined) {
      const due = ((performance.now() - startedAtMs) * changesPerSecond) / 1000;
      for (; written < due && running.size < atOnceMax; written += 1) {
        const beganAtMs = performance.now();
        const write = this.#write(written % services.length)
          .then(() => void writeMs.push(performance.now() - beganAtMs))
          .catch((error: unknown) => {
            failed = error;
          })
          .finally(() => running.delete(write));
        running.add(write);
      }
      await delay(burstEveryMs);
    }
    await Promise.all(running);
    if (failed !== undefined) throw failed;
  }

  async #write(index: number): Promise<void> {
    const service = this.#options.services[index] ?? '';
    this.#change += 1;
    const change = this.#change;
    const status = change % 5 === 0 ? 'warning' : 'passing';
    this.#begun.set(service, { change, atMs: performance.now() });
    const body = instanceOf(nodeOf(index), service, { status, output: `change ${change}` });
    await put(this.#caller, '/v1/catalog/register', body);
  }

  /** Asks again and again, each time for what is newer than the last answer. */
  async #watch(service: string, watcherMs: number[]): Promise<void> {
    let index = '';
    let shownBefore = '';
    while (!this.#stopped) {
      const path = `/v1/health/checks/${service}?${index === '' ? '' : `index=${index}&wait=10s`}`;
      const answer = await this.#watchCaller.send({ method: 'GET', path });
      const seenAtMs = performance.now();
      if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.body}`);
      const isFirst = index === '';
      index = answer.headers.get('X-Consul-Index') ?? '';
      const shown = /change (\d+)/.exec(answer.body)?.[1] ?? '';
      const begun = this.#begun.get(service);
      // An answer may come without a change of this service, and shows then what was seen before.
      const isNew = shown !== shownBefore;
      shownBefore = shown;
      if (!isFirst && isNew && begun?.change === Number(shown)) watcherMs.push(seenAtMs - begun.atMs);
    }
  }

  /** How many of the services the catalog has. */
  async count(): Promise<number> {
    const found = await get<Record<string, unknown>>(this.#caller, '/v1/catalog/services');
    return this.#options.services.filter((service) => service in found).length;
  }
}
