import {
  type Choice,
  catalogOf,
  checkList,
  healthOf,
  nodeOf,
  nodesOf,
  pageNodes,
  type Read,
  serviceNames,
} from './read.ts';
import {
  type CheckStatus,
  type Color,
  checkStatuses,
  nodeNames,
  ownService,
  type SlotState,
  servicesOf,
  sharedServices,
} from './slot.ts';
import type { Write } from './write.ts';

/** A number from 0 (inclusive) to 1. */
export type Random = () => number;

function one<T>(random: Random, values: readonly [T, ...T[]]): T {
  return values[Math.floor(random() * values.length)] ?? values[0];
}

/** The next change of a slot in this state. Pure but for `random`. */
export function nextWrite(slot: number, state: SlotState, random: Random): Write {
  const tag = one<Color>(random, ['blue', 'green']);
  const status = one<CheckStatus>(random, checkStatuses);
  const [firstService = ownService(slot), ...moreServices] = servicesOf(slot);
  const service = one(random, [firstService, ...moreServices]);
  const register: Write = { kind: 'register', service, tag, status };
  const { node, instances } = state;
  if (node === undefined) return register;
  const nodeWrites: readonly [Write, ...Write[]] = [
    { kind: 'node-meta', color: node.color === 'blue' ? 'green' : 'blue' },
    { kind: 'node-check', status },
    { kind: 'node-maintenance', on: !node.inMaintenance },
    { kind: 'rename', service, tag },
  ];
  const instance = instances.get(service);
  if (instance === undefined) return random() < 0.7 ? register : one(random, nodeWrites);
  const pick = random();
  if (pick < 0.4) return { kind: 'check', service, status };
  if (pick < 0.55) return { kind: 'maintenance', service, on: !instance.inMaintenance };
  if (pick < 0.7) return register;
  if (pick < 0.8) return { kind: 'deregister', service };
  if (pick < 0.83) return { kind: 'deregister-node' };
  return one(random, nodeWrites);
}

const passing: Choice['fits'] = (_node, _instance, checks) =>
  checks.every(({ status }) => status === 'passing');
const anyOne: Choice['fits'] = () => true;
const isBlue: Choice['fits'] = (_node, { tag }) => tag === 'blue';
const onBlueNode: Choice['fits'] = ({ color }) => color === 'blue';

function filterQuery(expression: string): string {
  return `?filter=${encodeURIComponent(expression)}`;
}

const healthChoices: readonly Choice[] = [
  { query: '', fits: anyOne },
  { query: '?passing', fits: passing },
  { query: '?tag=blue', fits: isBlue },
  { query: '?passing&tag=blue', fits: (...asked) => passing(...asked) && isBlue(...asked) },
  { query: '?node-meta=color:blue', fits: onBlueNode },
  { query: filterQuery('Node.Meta.color == "blue"'), fits: onBlueNode },
  { query: filterQuery('"blue" in Service.Tags'), fits: isBlue },
  {
    query: filterQuery('Checks.Status == "critical"'),
    fits: (_node, _instance, checks) => checks.some(({ status }) => status === 'critical'),
  },
  { query: `?near=${nodeNames(0)[0]}`, fits: anyOne },
  { query: '?passing&near=_agent', fits: passing },
];

const catalogChoices: readonly Choice[] = [
  { query: '', fits: anyOne },
  { query: '?tag=blue', fits: isBlue },
  { query: '?node-meta=color:blue', fits: onBlueNode },
  { query: filterQuery('NodeMeta.color == "blue"'), fits: onBlueNode },
  { query: filterQuery('"blue" in ServiceTags'), fits: isBlue },
  { query: `?near=${nodeNames(1)[0]}`, fits: anyOne },
];

/** Every question of the run, of so many slots. Each is asked again and again, so that kept answers are met. */
export function allReads(slots: number): readonly Read[] {
  const isCritical = ({ status }: { readonly status: CheckStatus }) => status === 'critical';
  const reads: Read[] = [];
  for (const service of [...sharedServices, ownService(0)]) {
    reads.push(...healthChoices.map((choice) => healthOf(service, choice)));
    reads.push(...catalogChoices.map((choice) => catalogOf(service, choice)));
    reads.push(checkList(`/v1/health/checks/${service}`, (check) => check.service === service));
  }
  reads.push(
    nodesOf('', () => true),
    nodesOf('?node-meta=color:blue', ({ color }) => color === 'blue'),
    nodesOf(filterQuery('Meta.color == "blue"'), ({ color }) => color === 'blue'),
    nodesOf(`?near=${nodeNames(0)[0]}`, () => true),
    serviceNames(),
    serviceNames('?stale'),
    pageNodes(),
    checkList('/v1/health/state/any', () => true),
    checkList('/v1/health/state/critical', isCritical),
    checkList(`/v1/health/state/any${filterQuery('Status == "critical"')}`, isCritical),
  );
  for (let slot = 0; slot < Math.min(slots, 4); slot += 1) {
    for (const name of nodeNames(slot)) {
      reads.push(nodeOf(name));
      reads.push(checkList(`/v1/health/node/${name}`, (_check, node) => node.name === name));
    }
  }
  return reads;
}

/** One question as it is sent. */
export interface PlannedRead {
  readonly read: Read;
  readonly target: string;
  readonly gzip: boolean;
  /** Waits for a change, but not for long. */
  readonly blocking: boolean;
}

/** The next question: some are asked much more often than others. Pure but for `random`. */
export function nextRead(reads: readonly Read[], random: Random): PlannedRead {
  const share = random();
  const read = reads[Math.floor(share * share * reads.length)];
  if (read === undefined) throw new RangeError('there is nothing to ask');
  const pretty = random() < 0.2;
  const target = pretty ? `${read.target}${read.target.includes('?') ? '&' : '?'}pretty` : read.target;
  return { read, target, gzip: random() < 0.5, blocking: random() < 0.05 };
}
