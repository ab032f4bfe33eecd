import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checksInState, nodeChecks, serviceChecks } from '../src/store/queries/checks.ts';
import { listCoordinates, nodeCoordinates } from '../src/store/queries/coordinates.ts';
import { getKey, listEntries, listKeys } from '../src/store/queries/kv.ts';
import { Later } from '../src/store/queries/later.ts';
import { dumpNodes, listNodes, nodeInfo, nodeServices } from '../src/store/queries/nodes.ts';
import {
  checkedServices,
  dumpServices,
  instancesAt,
  listServices,
  serviceNodes,
} from '../src/store/queries/services.ts';
import { getSession, listSessions, nodeSessions } from '../src/store/queries/sessions.ts';
import { Store } from '../src/store/store.ts';
import type { Tables } from '../src/store/tables.ts';
import { inOrder } from '../src/testing/naive-catalog.ts';
import { NaiveState } from '../src/testing/naive-state.ts';
import { concernsAny } from '../src/watch/topic-map.ts';
import { catalogCommands, commands } from './arbitrary-commands.ts';
import {
  expectAnswers,
  expectKeyAnswers,
  expectSame,
  filtersAsked,
  ids,
  keyNames,
  nodeNames,
  prefixes,
  serviceNames,
  sessionIds,
  statuses,
} from './expect-answers.ts';

/** Commands are made of few names, so that the store answers all questions about them after every command. */

/** What is computed when it is read, read; inside lists and objects too. */
function readOut(value: unknown): unknown {
  if (value instanceof Later) return value.now();
  if (Array.isArray(value)) return value.map(readOut);
  if (typeof value !== 'object' || value === null || value instanceof Map) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, readOut(part)]));
}

/** Every question, with its answer. */
function allAnswers(tables: Tables) {
  const each = <T>(list: readonly T[], ask: (item: T) => unknown) => list.map(ask);
  return readOut({
    nodes: each(filtersAsked, (filters) => listNodes(tables, filters)),
    nodeServices: each([...nodeNames, ...ids], (name) => nodeServices(tables, name)),
    nodeInfo: each(nodeNames, (name) => nodeInfo(tables, name)),
    dump: dumpNodes(tables),
    services: each(filtersAsked, (filters) => listServices(tables, filters)),
    catalog: each(serviceNames, (service) => [
      serviceNodes(tables, { service }),
      serviceNodes(tables, { service, tags: ['a', 'B'] }),
      serviceNodes(tables, { service, connect: true }),
    ]),
    health: each(serviceNames, (service) => [
      ...each(filtersAsked, (nodeMeta) => checkedServices(tables, { service, nodeMeta })),
      checkedServices(tables, { service, connect: true }),
    ]),
    at: instancesAt(tables, '10.0.0.1', {}),
    serviceDump: dumpServices(tables),
    nodeChecks: each(nodeNames, (name) => nodeChecks(tables, name)),
    serviceChecks: each(serviceNames, (service) =>
      each(filtersAsked, (filters) => serviceChecks(tables, service, filters)),
    ),
    states: each(statuses, (status) =>
      each(filtersAsked, (filters) => checksInState(tables, status, filters)),
    ),
    keys: each(keyNames, (key) => getKey(tables, key)),
    trees: each(prefixes, (prefix) => [
      listEntries(tables, prefix),
      listKeys(tables, { prefix, separator: '' }),
      listKeys(tables, { prefix, separator: '/' }),
    ]),
    sessions: [
      listSessions(tables),
      ...each(nodeNames, (name) => nodeSessions(tables, name)),
      ...each(sessionIds, (id) => getSession(tables, id)),
    ],
    coordinates: [listCoordinates(tables), ...each(nodeNames, (name) => nodeCoordinates(tables, name))],
  });
}

/** Everything in the tables, as text. */
function bytesOf(tables: Tables): string {
  return textOf(Object.values(tables).map((map) => map.list('')));
}

describe('the store', () => {
  test('does and answers as plain lists do after every command, errors and indexes included', () => {
    fc.assert(
      fc.property(fc.oneof(catalogCommands, commands), (list) => {
        const store = new Store();
        const model = new NaiveState();
        for (const [position, command] of list.entries()) {
          const { error, value, lockDelays } = store.apply(position + 1, command);
          const expected = model.apply(position + 1, command);
          expectSame({ error, value }, { error: expected.error, value: expected.value });
          const byKey = (list: typeof lockDelays) => inOrder(list, ({ key }) => [key]);
          expectSame(byKey(lockDelays), byKey(expected.lockDelays));
          expectAnswers(store.tables, model);
          expectKeyAnswers(store.tables, model);
        }
      }),
    );
  });

  test('names every topic whose answer a command changes, and moves the index of each', () => {
    fc.assert(
      fc.property(commands, (list) => {
        const store = new Store();
        let before = flat(allAnswers(store.tables));
        for (const [position, command] of list.entries()) {
          const { topics } = store.apply(position + 1, command);
          const after = flat(allAnswers(store.tables));
          // As in Consul, the index of a list may fall to that of an older deletion when a tree around it goes.
          const isTreeGone = [...topics].some((topic) => topic.startsWith('key-tree:'));
          for (const [place, answer] of after.entries()) {
            const last = before[place];
            if (last === undefined || textOf(last.value) === textOf(answer.value)) continue;
            const moved = [...last.topics].filter((topic) => concernsAny(topics, [topic]));
            expect({ moved, place, command, topics: [...last.topics] }).not.toMatchObject({ moved: [] });
            if (answer.index !== 0 && !isTreeGone) expect(answer.index).toBeGreaterThan(last.index);
          }
          before = after;
        }
      }),
    );
  });

  test('keeps a snapshot as it was, whatever is written later', () => {
    fc.assert(
      fc.property(commands, fc.nat(), (list, at) => {
        const store = new Store();
        const taken = list.length === 0 ? 0 : at % list.length;
        let snapshot = store.snapshot();
        let content = bytesOf(snapshot.tables);
        for (const [position, command] of list.entries()) {
          store.apply(position + 1, command);
          if (position === taken) {
            snapshot = store.snapshot();
            content = bytesOf(snapshot.tables);
            expect(content).toBe(bytesOf(store.tables));
          }
        }
        expect(bytesOf(snapshot.tables)).toBe(content);
        const restored = new Store(snapshot);
        for (const command of list) restored.apply(restored.index + 1, command);
        expect(bytesOf(snapshot.tables)).toBe(content);
      }),
    );
  });

  test('applied in steps, a command does the same, and is not seen before its last step', () => {
    fc.assert(
      fc.property(commands, (list) => {
        const [whole, stepwise] = [new Store(), new Store()];
        for (const [position, command] of list.entries()) {
          const before = bytesOf(stepwise.tables);
          const steps = stepwise.applyInSteps(position + 1, command);
          let step = steps.next();
          for (; step.done !== true; step = steps.next()) {
            expect(bytesOf(stepwise.tables)).toBe(before);
            expect(stepwise.index).toBe(position);
          }
          expect(step.value).toEqual(whole.apply(position + 1, command));
          expect(bytesOf(stepwise.tables)).toBe(bytesOf(whole.tables));
        }
      }),
    );
  });

  test('comes to the same state by the same commands', () => {
    fc.assert(
      fc.property(commands, (list) => {
        const [one, other] = [new Store(), new Store()];
        for (const [position, command] of list.entries()) {
          one.apply(position + 1, command);
          other.snapshot();
          other.apply(position + 1, structuredClone(command));
        }
        expect(bytesOf(one.tables)).toBe(bytesOf(other.tables));
      }),
    );
  });
});

interface AnyAnswer {
  readonly index: number;
  readonly value: unknown;
  readonly topics: readonly string[];
}

function flat(value: unknown): AnyAnswer[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('topics' in value) return [toPlain(value as AnyAnswer)];
  return Object.values(value).flatMap(flat);
}

function toPlain(answer: AnyAnswer): AnyAnswer {
  return answer.value instanceof Map ? { ...answer, value: [...answer.value] } : answer;
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part));
}
