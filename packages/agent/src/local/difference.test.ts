import { create, HealthCheck, NodeRecord, NodeService, RegisterRequest } from '@hobnob/catalog/records';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareWithCatalog } from './difference.ts';
import { LocalState } from './local-state.ts';
import { duePushes, type Push, pushed } from './pushes.ts';

const own = create(RegisterRequest, {
  Datacenter: 'dc1',
  ID: 'id',
  Node: 'me',
  Address: '10.0.0.1',
  TaggedAddresses: { lan: '10.0.0.1' },
  NodeMeta: { rack: '7' },
});

/** The catalog as plain maps: what one node has in it. */
class NaiveCatalog {
  node: NodeRecord | null = null;
  readonly services = new Map<string, NodeService>();
  readonly checks = new Map<string, HealthCheck>();

  apply(push: Push): void {
    if ('removal' in push && push.kind === 'lose-service') {
      this.services.delete(push.id);
      for (const [id, { ServiceID }] of this.checks) if (ServiceID === push.id) this.checks.delete(id);
    } else if ('removal' in push) {
      this.checks.delete(push.id);
    } else {
      const {
        ID,
        Address,
        TaggedAddresses,
        NodeMeta: Meta,
        SkipNodeUpdate,
        Service,
        Check,
        Checks,
      } = push.request;
      if (!SkipNodeUpdate) {
        this.node = create(NodeRecord, { ID, Node: 'me', Address, TaggedAddresses, Meta, Datacenter: 'dc1' });
      }
      if (Service !== null) this.services.set(Service.ID, Service);
      for (const check of [...(Checks ?? []), ...(Check === null ? [] : [Check])]) {
        if (check.ServiceID !== '' && !this.services.has(check.ServiceID)) throw new Error('no such service');
        this.checks.set(check.CheckID, check);
      }
    }
  }

  view() {
    return { node: this.node, services: [...this.services.values()], checks: [...this.checks.values()] };
  }
}

function push(state: LocalState, catalog: NaiveCatalog): Push[] {
  const all: Push[] = [];
  for (const one of duePushes(state, own)) {
    catalog.apply(one);
    pushed(state, one);
    all.push(one);
  }
  return all;
}

function compare(state: LocalState, catalog: NaiveCatalog) {
  return compareWithCatalog(state, catalog.view(), own);
}

const serviceId = fc.constantFrom('a', 'b', 'c', 'consul');
const checkId = fc.constantFrom('p', 'q', 'r', 'serfHealth');
const service = fc
  .record({
    ID: serviceId,
    Service: fc.constantFrom('web', 'db'),
    Tags: fc.constantFrom(null, [], ['t'], ['t', 'u']),
    Port: fc.constantFrom(0, 80),
    EnableTagOverride: fc.boolean(),
  })
  .map((fields) => create(NodeService, fields));
const check = fc
  .record({
    CheckID: checkId,
    Status: fc.constantFrom('passing', 'critical'),
    Output: fc.constantFrom('', 'x'),
    ServiceID: fc.constantFrom('', 'a', 'b'),
  })
  .map((fields) => create(HealthCheck, { Node: 'me', Name: fields.CheckID, ...fields }));
const token = fc.constantFrom('', 'secret');

type Change = (state: LocalState) => void;

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ service, token }).map(({ service: one, token: secret }): Change => {
    return (state) => state.setService({ service: one, token: secret, source: 'remote' });
  }),
  fc.record({ check, token }).map(({ check: record, token: secret }): Change => {
    return (state) => {
      if (record.ServiceID !== '' && !state.entries.has(record.ServiceID)) return;
      const rest = { fields: undefined, definition: undefined, token: secret, source: 'remote' } as const;
      state.setCheck({ record, ...rest }, { wallMs: 0 });
    };
  }),
  serviceId.map((id): Change => {
    return (state) => {
      for (const { record } of state.checksOf(id)) state.removeCheck(record.CheckID);
      state.removeService(id);
    };
  }),
  checkId.map(
    (id): Change =>
      (state) =>
        state.removeCheck(id),
  ),
  fc.record({ id: checkId, isBad: fc.boolean() }).map(({ id, isBad }): Change => {
    const status = isBad ? 'critical' : 'passing';
    return (state) => state.report(id, { status, output: 'new' }, { nowMs: 0, wallMs: 0 }, 0.5);
  }),
);
const changes = fc.array(change, { maxLength: 20 });

/** What the catalog should hold: this agent's own, but for what the leader manages. */
function expectSame(state: LocalState, catalog: NaiveCatalog): void {
  const ours = (id: string): boolean => state.entries.has(id) || id !== 'consul';
  const services = [...catalog.services.values()].filter(({ ID }) => ours(ID));
  expect(services.toSorted(byId)).toEqual([...state.services.values()].toSorted(byId));
  const checks = [...catalog.checks.values()].filter(
    ({ CheckID }) => state.checks.has(CheckID) || CheckID !== 'serfHealth',
  );
  const expected = [...state.checks.values()].map(({ record }) => record);
  expect(checks.toSorted(byCheckId)).toEqual(expected.toSorted(byCheckId));
}

const byId = (a: NodeService, b: NodeService): number => (a.ID < b.ID ? -1 : 1);
const byCheckId = (a: HealthCheck, b: HealthCheck): number => (a.CheckID < b.CheckID ? -1 : 1);

describe('one comparison and one push make the catalog as the agent is', () => {
  test('whatever both hold', () => {
    fc.assert(
      fc.property(changes, fc.array(service), fc.array(check), (local, theirServices, theirChecks) => {
        const state = new LocalState({ outputDelayMs: 0 });
        for (const one of local) one(state);
        const catalog = new NaiveCatalog();
        for (const one of theirServices) catalog.services.set(one.ID, one);
        for (const one of theirChecks) {
          if (one.ServiceID === '' || catalog.services.has(one.ServiceID))
            catalog.checks.set(one.CheckID, one);
        }
        compare(state, catalog);
        push(state, catalog);
        expectSame(state, catalog);
        expect(catalog.node).toMatchObject({ ID: 'id', Meta: { rack: '7' } });
        compare(state, catalog);
        expect(push(state, catalog)).toEqual([]);
      }),
    );
  });

  test('and from then on each push of changes alone does', () => {
    fc.assert(
      fc.property(changes, changes, (before, after) => {
        const state = new LocalState({ outputDelayMs: 0 });
        const catalog = new NaiveCatalog();
        for (const one of before) one(state);
        push(state, catalog);
        expectSame(state, catalog);
        for (const one of after) one(state);
        push(state, catalog);
        expectSame(state, catalog);
      }),
    );
  });
});

const web = create(NodeService, { ID: 'w', Service: 'web', Tags: ['a'] });
const ofWeb = create(HealthCheck, { Node: 'me', CheckID: 'c', Name: 'c', Status: 'passing', ServiceID: 'w' });

function synced(outputDelayMs = 300_000, fields: Partial<NodeService> = {}) {
  const state = new LocalState({ outputDelayMs });
  state.setService({ service: { ...web, ...fields }, token: '', source: 'remote' });
  const rest = { fields: undefined, definition: undefined, token: '', source: 'remote' } as const;
  state.setCheck({ record: ofWeb, ...rest }, { wallMs: 0 });
  const catalog = new NaiveCatalog();
  push(state, catalog);
  return { state, catalog };
}

test('a check that moved to a service and goes with it is removed where the catalog has it', () => {
  const state = new LocalState({ outputDelayMs: 0 });
  const catalog = new NaiveCatalog();
  const rest = { fields: undefined, definition: undefined, token: '', source: 'remote' } as const;
  state.setCheck({ record: { ...ofWeb, ServiceID: '' }, ...rest }, { wallMs: 0 });
  push(state, catalog);
  state.setService({ service: web, token: '', source: 'remote' });
  state.setCheck({ record: ofWeb, ...rest }, { wallMs: 0 });
  state.removeCheck('c');
  state.removeService('w');
  push(state, catalog);
  expectSame(state, catalog);
});

test('the address of the node is not compared, its other addresses and metadata are', () => {
  const { state, catalog } = synced();
  if (catalog.node === null) throw new Error('not registered');
  catalog.node = { ...catalog.node, Address: '10.9.9.9' };
  compare(state, catalog);
  expect(state.isNodeInSync).toBe(true);
  catalog.node = { ...catalog.node, Meta: {} };
  compare(state, catalog);
  expect(push(state, catalog).map(({ kind }) => kind)).toEqual(['node']);
});

test('tags of the catalog are taken over only with EnableTagOverride', () => {
  for (const EnableTagOverride of [false, true]) {
    const { state, catalog } = synced(0, { EnableTagOverride });
    catalog.services.set('w', { ...web, EnableTagOverride, Tags: ['theirs'] });
    expect(compare(state, catalog).retagged).toEqual(EnableTagOverride ? ['w'] : []);
    push(state, catalog);
    expect(catalog.services.get('w')?.Tags).toEqual(EnableTagOverride ? ['theirs'] : ['a']);
  }
});

test('a check whose output waits is compared without it, and a status carries the newest output', () => {
  const { state, catalog } = synced();
  const report = (status: 'passing' | 'critical', output: string): void =>
    state.report('c', { status, output }, { nowMs: 0, wallMs: 0 }, 0);
  report('passing', 'one');
  report('passing', 'two');
  compare(state, catalog);
  expect(push(state, catalog)).toEqual([]);
  expect(state.takeDueOutputs(149_999)).toBe(false);
  expect(state.takeDueOutputs(150_000)).toBe(true);
  push(state, catalog);
  expect(catalog.checks.get('c')).toMatchObject({ Output: 'two' });
  report('passing', 'three');
  report('critical', 'four');
  push(state, catalog);
  expect(catalog.checks.get('c')).toMatchObject({ Status: 'critical', Output: 'four' });
  expect(state.nextDeadlineMs()).toBeUndefined();
});

test('a service is pushed with its stale checks of the same token; others follow with theirs', () => {
  const { state, catalog } = synced();
  const rest = { fields: undefined, definition: undefined, source: 'remote' } as const;
  for (const [CheckID, secret] of [
    ['same', ''],
    ['other', 'secret'],
  ] as const) {
    state.setCheck({ record: { ...ofWeb, CheckID }, ...rest, token: secret }, { wallMs: 0 });
  }
  state.setService({ service: { ...web, Port: 1 }, token: '', source: 'remote' });
  expect(push(state, catalog)).toMatchObject([
    { kind: 'service', id: 'w', checks: [{ record: { CheckID: 'same' } }], request: { Token: '' } },
    { kind: 'check', id: 'other', request: { Token: 'secret', Service: { ID: 'w' } } },
  ]);
});

test('what changes while it is pushed is still stale afterwards', () => {
  const { state, catalog } = synced();
  state.setService({ service: { ...web, Port: 1 }, token: '', source: 'remote' });
  for (const one of duePushes(state, own)) {
    state.setService({ service: { ...web, Port: 2 }, token: '', source: 'remote' });
    catalog.apply(one);
    pushed(state, one);
  }
  expect(catalog.services.get('w')?.Port).toBe(1);
  push(state, catalog);
  expect(catalog.services.get('w')?.Port).toBe(2);
});

test('a check that was registered under an older name of its service is no difference', () => {
  const { state, catalog } = synced();
  catalog.checks.set('c', { ...ofWeb, ServiceName: 'older', ServiceTags: ['b'] });
  compare(state, catalog);
  expect(push(state, catalog)).toEqual([]);
});

test('what the leader manages stays, unless it was registered here', () => {
  const { state, catalog } = synced();
  const consul = create(NodeService, { ID: 'consul', Service: 'consul' });
  catalog.services.set('consul', consul);
  catalog.checks.set(
    'serfHealth',
    create(HealthCheck, { Node: 'me', CheckID: 'serfHealth', Status: 'passing' }),
  );
  expect(compare(state, catalog)).toEqual({ retagged: [], skippedChecks: ['serfHealth'] });
  expect(push(state, catalog)).toEqual([]);
  state.setService({ service: consul, token: '', source: 'remote' });
  state.removeService('consul');
  push(state, catalog);
  expect(catalog.services.has('consul')).toBe(false);
});

test('what is removed and registered again before a push is not lost in between', () => {
  const { state, catalog } = synced();
  state.removeCheck('c');
  state.removeService('w');
  state.setService({ service: web, token: '', source: 'remote' });
  const rest = { fields: undefined, definition: undefined, token: '', source: 'remote' } as const;
  state.setCheck({ record: ofWeb, ...rest }, { wallMs: 0 });
  expect(push(state, catalog).map(({ kind }) => kind)).toEqual(['service']);
});

test('a removed check that stands under another service in the catalog is removed there', () => {
  const { state, catalog } = synced();
  state.removeCheck('c');
  state.removeService('w');
  catalog.checks.set('c', { ...ofWeb, ServiceID: '', ServiceName: '' });
  compare(state, catalog);
  push(state, catalog);
  expect([...catalog.checks.keys()]).not.toContain('c');
});
