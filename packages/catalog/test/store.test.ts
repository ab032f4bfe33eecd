import { isDeepStrictEqual } from 'node:util';
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
import { inOrder, NaiveCatalog } from '../src/testing/naive-catalog.ts';
import { concernsAny } from '../src/watch/topic-map.ts';
import { catalogCommands, commands } from './arbitrary-commands.ts';

/** Commands are made of few names, so that the store answers all questions about them after every command. */

const nodeNames = ['n1', 'N2', 'n2-b', 'n3', 'nowhere'];
const serviceNames = ['web', 'API', 'db', 'nowhere'];
const sessionIds = ['50000000-0000-0000-0000-000000000001', '50000000-0000-0000-0000-000000000003'];
const filtersAsked = [{}, { rack: '1' }, { rack: '2', row: 'x' }, { row: '' }];
const statuses = ['any', 'passing', 'warning', 'critical', 'odd', 'Passing'];
const ids = ['aa', 'AB0', 'a', 'aa000000-0000-0000-0000-000000000001', 'zz', 'aa00-'];

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
    keys: each(['a', 'a/b', 'b', 'ü', 'nowhere'], (key) => getKey(tables, key)),
    trees: each(['', 'a', 'a/', 'b', 'ü', '\udcff', 'nowhere'], (prefix) => [
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

type Filters = Readonly<Record<string, string>>;
const has = (meta: Filters | null, filters: Filters) =>
  Object.entries(filters).every(([key, value]) => meta?.[key] === value);
const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

/** The same from the naive lists: value and index alone. */
function expectAnswers(tables: Tables, model: NaiveCatalog): void {
  const index = (...names: string[]) => Math.max(0, ...names.map((name) => model.indexes.get(name) ?? 0));
  const checksIndex = (filters: Filters) =>
    Object.keys(filters).length > 0 ? index('checks', 'nodes') : index('checks');
  const nodes = inOrder(model.nodes, ({ Node }) => [Node]);
  const services = inOrder(model.services, ({ node, service }) => [node, service.ID]);
  const checks = inOrder(model.checks, ({ Node, CheckID }) => [Node, CheckID]);
  const coordinates = inOrder(model.coordinates, ({ Node, Segment }) => [Node, Segment]);
  const nodeOf = (name: string) => model.nodes.find(({ Node }) => same(Node, name));
  const metaOf = (name: string) => nodeOf(name)?.Meta ?? null;
  const health = [...'nsc'].map((letter) => ({ n: 'nodes', s: 'services', c: 'checks' })[letter] ?? '');
  const check = (found: { index: number; value: unknown }, expected: { index: number; value: unknown }) =>
    expectSame(
      { index: found.index, value: found.value instanceof Later ? found.value.now() : found.value },
      expected,
    );

  for (const filters of filtersAsked) {
    check(listNodes(tables, filters), {
      index: index('nodes'),
      value: nodes.filter(({ Meta }) => has(Meta, filters)),
    });
    const names = new Map<string, string[]>();
    for (const { node, service } of services) {
      if (!has(metaOf(node), filters)) continue;
      names.set(
        service.Service,
        [...new Set([...(names.get(service.Service) ?? []), ...(service.Tags ?? [])])].sort(),
      );
    }
    const used = Object.keys(filters).length === 0 ? ['services'] : ['services', 'nodes'];
    check(listServices(tables, filters), { index: index(...used), value: names });
    for (const status of statuses) {
      const value = checks.filter(
        (row) => (status === 'any' || row.Status === status) && has(metaOf(row.Node), filters),
      );
      check(checksInState(tables, status, filters), { index: checksIndex(filters), value });
    }
  }
  const infoOf = (name: string) => {
    const node = nodeOf(name);
    if (node === undefined) return undefined;
    return {
      node,
      services: services.filter((row) => same(row.node, name)).map(({ service }) => service),
      checks: checks.filter((row) => same(row.Node, name)),
    };
  };
  for (const name of nodeNames) {
    const info = infoOf(name);
    const value = info && { node: info.node, services: info.services };
    check(nodeServices(tables, name), { index: info ? index('nodes', 'services') : 0, value });
    check(nodeInfo(tables, name), { index: index(...health), value: info });
    check(nodeChecks(tables, name), {
      index: index('checks'),
      value: checks.filter((row) => same(row.Node, name)),
    });
    check(nodeCoordinates(tables, name), {
      index: index('coordinates'),
      value: coordinates.filter(({ Node }) => same(Node, name)),
    });
  }
  for (const id of ids) {
    const digits = id
      .slice(0, id.length - (id.length % 2))
      .replaceAll('-', '')
      .toLowerCase();
    const found = nodes.filter(({ ID }) => ID !== '' && ID.replaceAll('-', '').startsWith(digits));
    const node = id.length < 2 || digits.length % 2 !== 0 || found.length !== 1 ? undefined : found[0];
    expect(nodeServices(tables, id).value?.node).toEqual(node);
  }
  check(dumpNodes(tables), { index: index(...health), value: nodes.map(({ Node }) => infoOf(Node)) });
  check(listCoordinates(tables), { index: index('coordinates'), value: coordinates });
  const there = services.flatMap(({ node, service }) => {
    const record = nodeOf(node);
    return record !== undefined && (service.Address || record.Address) === '10.0.0.1'
      ? [[record, service]]
      : [];
  });
  const found = instancesAt(tables, '10.0.0.1', {});
  expectSame(
    found.value.now().map(({ node, service }) => [node, service]),
    there,
  );
  expect(found.index).toBe(0);
  for (const service of serviceNames) {
    for (const connect of [false, true]) {
      const all = model.health(service, connect);
      const named = model.indexes.get(`${connect ? 'connect' : 'service'}.${service.toLowerCase()}`);
      const extinction = model.indexes.get('service_last_extinction');
      const reported = (...fallback: string[]) => (all.length > 0 ? named : extinction) ?? index(...fallback);
      for (const nodeMeta of filtersAsked) {
        const value = all.filter(({ Node }) => has(Node.Meta, nodeMeta));
        check(checkedServices(tables, { service, connect, nodeMeta }), { index: reported(...health), value });
      }
      const catalog = { index: reported('nodes', 'services') };
      const rows = (list: typeof all) => list.map(({ Node, Service }) => [Node, Service]);
      const found = (question: object) => {
        const { value, ...rest } = serviceNodes(tables, { service, connect, ...question });
        return { index: rest.index, value: value.now().map(({ node, service }) => [node, service]) };
      };
      expectSame(found({}), { ...catalog, value: rows(all) });
      const tagged = all.filter(({ Service }) =>
        ['a', 'b'].every((tag) => Service.Tags?.some((own) => same(own, tag))),
      );
      expectSame(found({ tags: ['A', 'b'] }), { ...catalog, value: rows(tagged) });
    }
    for (const filters of filtersAsked) {
      const value = checks.filter((row) => same(row.ServiceName, service) && has(metaOf(row.Node), filters));
      check(serviceChecks(tables, service, filters), { index: checksIndex(filters), value });
    }
  }
}

/** Compares fast, and explains a difference. */
function expectSame(found: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(found, expected)) expect(found).toEqual(expected);
}

/** Everything in the tables, as text. */
function bytesOf(tables: Tables): string {
  return textOf(Object.values(tables).map((map) => map.list('')));
}

describe('the store', () => {
  test('answers as plain lists do after every command, errors and indexes included', () => {
    fc.assert(
      fc.property(catalogCommands, (list) => {
        const store = new Store();
        const model = new NaiveCatalog();
        for (const [position, command] of list.entries()) {
          const index = position * 3 + 1;
          expect(store.apply(index, command).error).toBe(model.apply(index, command));
          expectAnswers(store.tables, model);
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
          for (const [place, answer] of after.entries()) {
            const last = before[place];
            if (last === undefined || textOf(last.value) === textOf(answer.value)) continue;
            const moved = [...last.topics].filter((topic) => concernsAny(topics, [topic]));
            expect({ moved, place, command, topics: [...last.topics] }).not.toMatchObject({ moved: [] });
            if (answer.index !== 0) expect(answer.index).toBeGreaterThan(last.index);
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
