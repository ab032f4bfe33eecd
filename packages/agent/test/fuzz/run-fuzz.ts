import {
  CheckDefinition,
  CoordinateUpdateRequest,
  DeregisterRequest,
  RegisterRequest,
  readJson,
  ServiceDefinition,
} from '@hobnob/catalog/records';
import type { RecordShape } from '../../../catalog/src/records/shape.ts';
import type { Fault, FuzzedAgent } from './fuzzed-agent.ts';
import { brokenBodies, hostileBodies } from './hostile-bodies.ts';
import { hostileTargets } from './hostile-targets.ts';

interface Target {
  readonly path: string;
  readonly shape: RecordShape;
  /** A body that is accepted. */
  readonly usual: Readonly<Record<string, unknown>>;
}

const coordinate = { Vec: [0, 0, 0, 0, 0, 0, 0, 0], Error: 1, Adjustment: 0, Height: 0 };
const targets: readonly Target[] = [
  { path: '/v1/catalog/register', shape: RegisterRequest, usual: { Node: 'x1', Address: '10.0.0.1' } },
  { path: '/v1/catalog/deregister', shape: DeregisterRequest, usual: { Node: 'x1' } },
  { path: '/v1/coordinate/update', shape: CoordinateUpdateRequest, usual: { Node: 'x1', Coord: coordinate } },
  { path: '/v1/agent/service/register', shape: ServiceDefinition, usual: { Name: 'web' } },
  { path: '/v1/agent/check/register', shape: CheckDefinition, usual: { Name: 'c', TTL: '1h' } },
];
const updatePath = '/v1/agent/check/update/c';
const updateUsual = { Status: 'passing', Output: 'o' };

const sentinel = {
  Node: 'sentinel',
  Address: '10.0.0.9',
  Service: { ID: 's', Service: 'kept' },
  Check: { CheckID: 'c', Name: 'c', Status: 'passing' },
};

export interface FuzzReport {
  readonly requestsCount: number;
  readonly refusedCount: number;
  readonly faults: readonly Fault[];
}

/** Every so many-th of all hostile requests; 1 for all. Whatever an answer promises is held against the agent. */
export class FuzzRun {
  readonly #agent: FuzzedAgent;
  readonly #every: number;
  readonly #faults: Fault[] = [];
  #requestsCount = 0;
  #refusedCount = 0;

  constructor(agent: FuzzedAgent, every: number) {
    this.#agent = agent;
    this.#every = every;
  }

  get report(): FuzzReport {
    return { requestsCount: this.#requestsCount, refusedCount: this.#refusedCount, faults: this.#faults };
  }

  /** The first requests compile and load what all use. */
  async begin(): Promise<void> {
    for (const { path, shape, usual } of targets) {
      for (const { body } of this.#some(hostileBodies(shape, usual)).slice(0, 20)) {
        await this.#agent.send({ method: 'PUT', path, body });
      }
    }
    await this.#agent.send({ method: 'PUT', path: '/v1/catalog/register', body: JSON.stringify(sentinel) });
  }

  async bodies(): Promise<void> {
    for (const target of targets) {
      for (const { body, label } of this.#some(hostileBodies(target.shape, target.usual))) {
        await this.#write(target, body, `${target.path} ${label}`);
      }
      for (const body of this.#some(brokenBodies(target.usual))) {
        await this.#write(target, body, `${target.path} ${String(body)}`);
      }
    }
    for (const body of this.#some(brokenBodies(updateUsual))) {
      await this.#check(`${updatePath} ${String(body)}`, { method: 'PUT', path: updatePath, body });
    }
  }

  async targets(): Promise<void> {
    for (const { path, headers = {} } of this.#some(hostileTargets())) {
      const label = `${path.slice(0, 160)} ${JSON.stringify(headers).slice(0, 100)}`;
      await this.#check(label, { method: 'GET', path, headers });
    }
  }

  /** What was acknowledged before all this is there. */
  async end(): Promise<void> {
    const { text } = await this.#agent.send({ method: 'GET', path: '/v1/health/service/kept' });
    if (!text.includes('"sentinel"') || !text.includes('"passing"')) {
      this.#faults.push({ label: 'the sentinel', fault: text.slice(0, 300) });
    }
  }

  /** A refused write changes nothing; an accepted one is there. */
  async #write({ path, shape }: Target, body: string | Buffer, label: string): Promise<void> {
    const before = await this.#agent.indexes();
    const status = await this.#check(label, { method: 'PUT', path, body });
    const after = await this.#agent.indexes();
    if (status >= 400 && before !== after) {
      this.#faults.push({
        label,
        fault: `refused with ${status}, but the indexes move: ${before}, ${after}`,
      });
    }
    if (status !== 200 || shape !== RegisterRequest) return;
    const { Node } = readJson(RegisterRequest, Buffer.from(body));
    const { text } = await this.#agent.send({
      method: 'GET',
      path: `/v1/catalog/node/${encodeURIComponent(Node)}`,
    });
    if (text.trim() === 'null') this.#faults.push({ label, fault: 'accepted, but the node is not there' });
  }

  async #check(label: string, one: Parameters<FuzzedAgent['check']>[1]): Promise<number> {
    const { reply, faults } = await this.#agent.check(label, one);
    this.#requestsCount += 1;
    if (reply.status >= 400) this.#refusedCount += 1;
    this.#faults.push(...faults);
    return reply.status;
  }

  #some<T>(all: readonly T[]): readonly T[] {
    return all.filter((_, i) => i % this.#every === 0);
  }
}
