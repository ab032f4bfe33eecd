import { equal } from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  create,
  HealthCheck,
  NodeService,
  RegisterRequest,
} from '../../packages/catalog/src/records/index.ts';
import type { Command } from '../../packages/catalog/src/store/commands.ts';
import { nodeServices } from '../../packages/catalog/src/store/queries/nodes.ts';
import {
  checkedServices,
  dumpServices,
  listServices,
} from '../../packages/catalog/src/store/queries/services.ts';
import { WatchedStore } from '../../packages/catalog/src/watch/watched-store.ts';
import { VirtualClock } from '../../packages/gossip/src/testing/virtual-clock.ts';
import { type BenchCase, describeMachine, formatTable, measureInTurn, median, spread } from './measure.ts';

const nodesCount = 5000;
const instancesOfNode = 10;
const instancesOfService = 5;
const instancesCount = nodesCount * instancesOfNode;
const servicesCount = instancesCount / instancesOfService;
const waitersCount = 10_000;
const schedule = { rounds: 7, runsInTurn: 1, warmupRounds: 2 } as const;

const baselineName = 'the same answer as JSON text (baseline)';

/** Measures a catalog of 5,000 nodes, 50,000 instances and 55,000 checks, and prints what each step costs. */
export async function run(): Promise<void> {
  const store = new WatchedStore({ clock: new VirtualClock() });
  const filledMs = fill(store);
  equal(checkedServices(store.tables, { service: nameOf(0) }).value.now().length, instancesOfService);
  equal(listServices(store.tables, {}).value.now().size, servicesCount);
  const cases = casesOf(store);
  const results = await measureInTurn(cases, schedule);
  const usOf = (name: string) => {
    const found = results.find((result) => result.name === name);
    const operations = cases.find((one) => one.name === name)?.operations ?? 1;
    return (found?.cpuMs ?? []).map((ms) => (ms * 1000) / operations);
  };
  const baselineUs = median(usOf(baselineName));
  const rows = cases.map(({ name }) => {
    const us = usOf(name);
    return [name, median(us).toFixed(2), spread(us), `${(median(us) / baselineUs).toFixed(2)} x`];
  });
  const waiting = await measureWaiters(store);
  process.stdout.write(
    `${describeMachine()}; median of ${schedule.rounds} rounds in turn, after ${store.index} commands\n\n` +
      `${formatTable(['one operation', 'µs of CPU', 'least to most', 'of baseline'], rows)}\n` +
      `filling the empty store: ${((filledMs * 1000) / (instancesCount + nodesCount)).toFixed(1)} µs of CPU a registration\n${waiting}\n`,
  );
}

function nameOf(service: number): string {
  return `service-${service}`;
}

/** Node `node`, or with `slot` one of its instances and the check of it. */
function registrationOf(node: number, slot: number | undefined, status: string, output = ''): Command {
  const Node = `node-${node}.example`;
  const number = node * instancesOfNode + (slot ?? 0);
  const name = nameOf(number % servicesCount);
  const Service =
    slot === undefined
      ? null
      : create(NodeService, {
          ID: `${name}-${slot}`,
          Service: name,
          Tags: ['v1', 'blue'],
          Port: 8000 + slot,
        });
  const Check = create(HealthCheck, {
    Node,
    CheckID: slot === undefined ? 'serfHealth' : `service:${name}-${slot}`,
    Name: 'check',
    Status: status,
    Output: output,
    ServiceID: Service?.ID ?? '',
  });
  const Address = `10.${node >> 8}.${node & 255}.1`;
  return {
    type: 0,
    body: create(RegisterRequest, { Datacenter: 'dc1', Node, Address, Service, Checks: [Check] }),
  };
}

function fill(store: WatchedStore): number {
  const commands: Command[] = [];
  for (let node = 0; node < nodesCount; node += 1) {
    commands.push(registrationOf(node, undefined, 'passing'));
    for (let slot = 0; slot < instancesOfNode; slot += 1)
      commands.push(registrationOf(node, slot, 'passing'));
  }
  const start = process.cpuUsage();
  for (const command of commands) store.apply(store.index + 1, command);
  return cpuMsSince(start);
}

function cpuMsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

interface StoreCase extends BenchCase {
  readonly operations: number;
}

function casesOf(store: WatchedStore): readonly StoreCase[] {
  let turn = 0;
  /** Another node at every call, far from the last one. */
  const anyNode = () => {
    turn += 1;
    return (turn * 2_654_435) % nodesCount;
  };
  const times = (name: string, operations: number, step: () => void): StoreCase => ({
    name,
    operations,
    run: () => {
      for (let count = 0; count < operations; count += 1) step();
    },
  });
  /** Applies commands that were made before the time counts. */
  const applying = (
    name: string,
    operations: number,
    make: () => Command,
    before?: () => void,
  ): StoreCase => {
    let commands: Command[] = [];
    return {
      name,
      operations,
      prepare: () => {
        commands = Array.from({ length: operations }, make);
      },
      run: () => {
        for (const command of commands) {
          before?.();
          store.apply(store.index + 1, command);
        }
      },
    };
  };
  const changedCheck = () => registrationOf(anyNode(), 3, 'passing', `output ${turn}`);
  const health = (service: number) => checkedServices(store.tables, { service: nameOf(service) }).value.now();
  const text = (value: unknown) =>
    JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? Number(part) : part));
  const answer = health(7);
  return [
    times(baselineName, 5000, () => text(answer)),
    times('health of one service, asked again and again', 50_000, () => health(7)),
    times('health of any service', 5000, () => health(anyNode())),
    times('services of any node', 5000, () => nodeServices(store.tables, `node-${anyNode()}.example`)),
    applying('a check of an instance changes', 5000, changedCheck),
    applying('a check of a node with ten instances changes', 2000, () =>
      registrationOf(anyNode(), undefined, 'passing', `output ${turn}`),
    ),
    applying('a registration changes nothing', 5000, () => registrationOf(anyNode(), 5, 'passing')),
    times('snapshot', 1000, () => store.snapshot()),
    applying('snapshot, and then a check changes', 2000, changedCheck, () => store.snapshot()),
    times('names and tags of all services', 1, () => listServices(store.tables, {}).value.now()),
    times('all instances with their checks', 1, () => dumpServices(store.tables).value.now()),
  ];
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}

/** What 10,000 callers cost that wait for one service, and how long a change takes to answer them all. */
async function measureWaiters(store: WatchedStore): Promise<string> {
  const question = { key: 'web', ask: () => checkedServices(store.tables, { service: nameOf(0) }) };
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  const { index } = question.ask();
  const controllers = Array.from({ length: waitersCount }, () => new AbortController());
  const waiting = controllers.map(({ signal }) =>
    store.watches.wait(question, { minIndex: index, waitMs: 300_000, signal }),
  );
  collectGarbage();
  const bytes = (process.memoryUsage().heapUsed - before) / waitersCount;
  const { asked } = store.watches.stats;
  store.apply(store.index + 1, registrationOf(3000, 3, 'critical'));
  store.flush();
  equal(store.watches.stats.asked, asked);
  equal(store.watches.stats.waiters, waitersCount);
  const start = process.cpuUsage();
  store.apply(store.index + 1, registrationOf(0, 0, 'critical'));
  store.flush();
  const answers = new Set(await Promise.all(waiting));
  const elapsedMs = cpuMsSince(start);
  equal(answers.size, 1);
  equal(store.watches.stats.asked, asked + 1);
  return (
    `${waitersCount} callers wait for one service: ${Math.round(bytes)} bytes each with their AbortController; ` +
    `a write elsewhere asks 0 times, a change asks once and answers all in ${elapsedMs.toFixed(1)} ms of CPU`
  );
}
