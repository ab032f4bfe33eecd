import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { checksInState, nodeChecks, serviceChecks } from '../src/store/queries/checks.ts';
import { listCoordinates, nodeCoordinates } from '../src/store/queries/coordinates.ts';
import { getKey, listEntries, listKeys } from '../src/store/queries/kv.ts';
import { Later } from '../src/store/queries/later.ts';
import { dumpNodes, listNodes, nodeInfo, nodeServices } from '../src/store/queries/nodes.ts';
import { checkedServices, instancesAt, listServices, serviceNodes } from '../src/store/queries/services.ts';
import { getSession, listSessions, nodeSessions } from '../src/store/queries/sessions.ts';
import type { Tables } from '../src/store/tables.ts';
import { inOrder, same } from '../src/testing/naive-catalog.ts';
import { beginsWith } from '../src/testing/naive-keys.ts';
import type { NaiveState } from '../src/testing/naive-state.ts';

/** Holds the answers of a store against the lists of a naive state: all questions about the few names that commands use. */

export const nodeNames = ['n1', 'N2', 'n2-b', 'n3', 'nowhere'];
export const serviceNames = ['web', 'API', 'db', 'nowhere'];
export const sessionIds = ['50000000-0000-0000-0000-000000000001', '50000000-0000-0000-0000-000000000003'];
export const keyNames = ['a', 'a/b', 'b', 'ü', '\udcff', 'nowhere'];
export const prefixes = ['', 'a', 'a/', 'b', 'ü', '\udcff', 'nowhere'];
export const filtersAsked = [{}, { rack: '1' }, { rack: '2', row: 'x' }, { row: '' }];
export const statuses = ['any', 'passing', 'warning', 'critical', 'odd', 'Passing'];
export const ids = ['aa', 'AB0', 'a', 'aa000000-0000-0000-0000-000000000001', 'zz', 'aa00-'];

type Filters = Readonly<Record<string, string>>;
const has = (meta: Filters | null, filters: Filters) =>
  Object.entries(filters).every(([key, value]) => meta?.[key] === value);

interface Found {
  readonly index: number;
  readonly value: unknown;
}

function check(found: Found, expected: Found): void {
  const value = found.value instanceof Later ? found.value.now() : found.value;
  expectSame({ index: found.index, value }, expected);
}

/** The greatest index of these names. */
const indexOf =
  (indexes: NaiveState['indexes']) =>
  (...names: string[]) =>
    Math.max(0, ...names.map((name) => indexes.get(name) ?? 0));

/** The same from the naive lists: value and index alone. */
export function expectAnswers(tables: Tables, { catalog: model, indexes }: NaiveState): void {
  const index = indexOf(indexes);
  const checksIndex = (filters: Filters) =>
    Object.keys(filters).length > 0 ? index('checks', 'nodes') : index('checks');
  const nodes = inOrder(model.nodes, ({ Node }) => [Node]);
  const services = inOrder(model.services, ({ node, service }) => [node, service.ID]);
  const checks = inOrder(model.checks, ({ Node, CheckID }) => [Node, CheckID]);
  const coordinates = inOrder(model.coordinates, ({ Node, Segment }) => [Node, Segment]);
  const nodeOf = (name: string) => model.nodes.find(({ Node }) => same(Node, name));
  const metaOf = (name: string) => nodeOf(name)?.Meta ?? null;
  const health = [...'nsc'].map((letter) => ({ n: 'nodes', s: 'services', c: 'checks' })[letter] ?? '');
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
      const named = indexes.get(`${connect ? 'connect' : 'service'}.${service.toLowerCase()}`);
      const extinction = indexes.get('service_last_extinction');
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

export function expectKeyAnswers(tables: Tables, { keys, indexes }: NaiveState): void {
  const index = indexOf(indexes);
  for (const key of keyNames) {
    const value = keys.get(key);
    check(getKey(tables, key), { index: value?.ModifyIndex ?? index('kvs', 'tombstones'), value });
  }
  for (const prefix of prefixes) {
    const entries = keys.under(prefix);
    const deleted = keys.tombstones.filter(({ key }) => beginsWith(key, prefix));
    const own = Math.max(0, ...entries.map((row) => row.ModifyIndex), ...deleted.map((row) => row.index));
    const reported = prefix === '' || own === 0 ? index('kvs', 'tombstones') : own;
    check(listEntries(tables, prefix), { index: reported, value: entries });
    for (const separator of ['', '/', '/b']) {
      const names = entries.map(({ Key }) => {
        const at = separator === '' ? -1 : Key.indexOf(separator, prefix.length);
        return at === -1 ? Key : Key.slice(0, at + separator.length);
      });
      const Keys = names.filter((name, at) => name !== names[at - 1]);
      check(listKeys(tables, { prefix, separator }), { index: reported, value: { Keys } });
    }
  }
  const sessions = inOrder(keys.sessions, ({ ID }) => [ID]);
  check(listSessions(tables), { index: index('sessions'), value: sessions });
  for (const id of sessionIds) {
    const value = sessions.find(({ ID }) => ID === id);
    check(getSession(tables, id), { index: index('sessions'), value });
  }
  for (const name of nodeNames) {
    const value = sessions.filter(({ Node }) => same(Node, name));
    check(nodeSessions(tables, name), { index: index('sessions'), value });
  }
}

/** Compares fast, and explains a difference. */
export function expectSame(found: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(found, expected)) expect(found).toEqual(expected);
}
