import { type Kind, readOrThrow, refuse } from '../checks/kind.ts';
import { listOf, ownValues } from '../checks/objects.ts';
import { type ReadRows, type Rows, type RowsOf, recordOf } from '../checks/record.ts';
import { callable, oneOf, text } from '../checks/scalars.ts';
import { GossipTypeError } from '../errors.ts';
import { gossipRows } from '../options/options-table.ts';
import type {
  MemberOptions,
  RestartOptions,
  SimulationOptions,
  TestClusterOptions,
} from './cluster-interface.ts';
import type { Replay } from './replay.ts';

/**
 * Checks names and types of the simulator's options, for callers without TypeScript. Ranges are checked where a value is
 * used, with a RangeError.
 */

const number: Kind<number> = {
  allowed: 'a number',
  read(value, place) {
    return typeof value === 'number' ? value : refuse(place, value, this.allowed);
  },
};

const names = listOf(text(), { allowed: 'a number of members or a list of their names' });
const nodes: Kind<number | readonly string[]> = {
  allowed: names.allowed,
  read: (value, place) => (typeof value === 'number' ? value : names.read(value, place)),
};

/** Options of members that the simulator sets. */
const setBySimulator = ['name', 'bind', 'ports'];

/** Checks the logger, which is wrapped before the member starts; `createGossip` checks the other options. */
const memberOptions: Kind<MemberOptions> = {
  allowed: 'an object of options as createGossip takes them',
  read(value, place) {
    const given = ownValues(value, place, this.allowed);
    if (given === undefined) return undefined;
    const before = place.problems.count;
    for (const key of setBySimulator.filter((option) => given.has(option))) {
      place.problems.add(`${place.path}.${key} is not an option; the simulator sets it for every member`);
    }
    const logger = given.get('logger');
    if (logger !== undefined) gossipRows.logger.kind.read(logger, { ...place, path: `${place.path}.logger` });
    // `createGossip` checks the types of the other options.
    return place.problems.count > before ? undefined : (Object.fromEntries(given) as MemberOptions);
  },
};

const optionsOfMembers: Kind<NonNullable<TestClusterOptions['gossip']>> = {
  allowed: 'an object of options as createGossip takes them, or a function that gives one by name',
  read: (value, place) =>
    // The types of a function cannot be checked at run time.
    typeof value === 'function' ? (value as () => MemberOptions) : memberOptions.read(value, place),
};

const poolRows = {
  nodes: { kind: nodes, isRequired: true, aliases: ['size', 'members', 'count'] },
  latencyMs: { kind: number },
  gossip: { kind: optionsOfMembers, aliases: ['options', 'memberOptions'] },
  start: { kind: oneOf('joining', 'joined') },
} as const;

const replay: Kind<Replay> = {
  allowed: 'an object such as { file: import.meta.url, test: "the name of this test" }',
  // Its parts are checked by `requireReplay`.
  read(value, place) {
    return typeof value === 'object' && value !== null
      ? (value as Replay)
      : refuse(place, value, this.allowed);
  },
};

const tables = {
  createTestCluster: {
    ...poolRows,
    seed: { kind: number, isRequired: true },
    trace: { kind: callable<NonNullable<TestClusterOptions['trace']>>() },
  } satisfies RowsOf<TestClusterOptions>,
  simulate: {
    ...poolRows,
    seeds: {
      kind: listOf(number, { allowed: 'a list of numbers', hint: 'of one seed: [seed]' }),
      aliases: ['seed'],
    },
    replay: { kind: replay, isRequired: true },
  } satisfies RowsOf<SimulationOptions>,
  restart: { host: { kind: text() }, gossip: { kind: memberOptions } } satisfies RowsOf<RestartOptions>,
} as const satisfies Readonly<Record<string, Rows>>;

/** @throws GossipTypeError GOSSIP_ARGUMENT with every option that does not exist or is of the wrong type. */
export function requireOptions<F extends keyof typeof tables>(
  what: F,
  options: unknown,
): ReadRows<(typeof tables)[F]> {
  return readOrThrow(recordOf<(typeof tables)[F]>(tables[what]), options, (problems) => {
    return new GossipTypeError('GOSSIP_ARGUMENT', `${what}: ${problems.join('; ')}`, { problems });
  });
}

/**
 * Checks the options that a function returned for one member.
 * @throws GossipTypeError GOSSIP_ARGUMENT unless they are an object without the options that the simulator sets.
 */
export function requireMemberOptions(name: string, options: unknown): MemberOptions {
  const rows = { gossip: { kind: memberOptions, isRequired: true } } as const;
  const read = readOrThrow(recordOf(rows), { gossip: options }, (problems) => {
    return new GossipTypeError('GOSSIP_ARGUMENT', `member "${name}": ${problems.join('; ')}`, { problems });
  });
  return read.gossip;
}
