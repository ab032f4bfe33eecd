import fc from 'fast-check';
import {
  ConnectProxyConfig,
  CoordinateUpdateRequest,
  create,
  DeregisterRequest,
  DirEntry,
  HealthCheck,
  HealthCheckDefinition,
  KvsRequest,
  kvOps,
  NodeRecord,
  NodeService,
  RegisterRequest,
  ServiceConnect,
  Session,
  SessionRequest,
  TombstoneRequest,
  TxnOp,
  TxnRequest,
} from '../src/records/index.ts';
import type { Command } from '../src/store/commands.ts';

/** Commands over few names in either case, so that they meet: renames, conflicts, moves and repetitions. */

const nodeName = fc.constantFrom('n1', 'N1', 'n2', 'n2-b', 'n3');
const nodeId = fc.constantFrom(
  '',
  '',
  'aa000000-0000-0000-0000-000000000001',
  'ab000000-0000-0000-0000-000000000002',
);
const serviceName = fc.constantFrom('web', 'Web', 'api', 'db');
const serviceId = fc.constantFrom('web', 'WEB', 'web-2', 'api');
const tags = fc.constantFrom(null, [], ['a'], ['A', 'b']);
const status = fc.constantFrom('', 'passing', 'warning', 'critical', 'odd');
const meta = fc.constantFrom(null, {}, { rack: '1' }, { rack: '2', row: 'x' });

const service = fc
  .record({
    Kind: fc.constantFrom('', 'connect-proxy', 'other'),
    ID: serviceId,
    Service: serviceName,
    Tags: tags,
    Address: fc.constantFrom('', '10.0.0.9'),
    Port: fc.constantFrom(0, 80),
    Meta: meta,
    Weights: fc.constantFrom(null, { Passing: 1, Warning: 1 }, { Passing: 7, Warning: 0 }),
    Proxy: fc
      .constantFrom('', 'web', 'DB')
      .map((DestinationServiceName) => create(ConnectProxyConfig, { DestinationServiceName })),
    Connect: fc.constantFrom(false, false, true).map((Native) => create(ServiceConnect, { Native })),
  })
  .map((fields) => create(NodeService, fields));

const checkOf = (Node: string) =>
  fc
    .record({
      Node: fc.oneof({ weight: 20, arbitrary: fc.constant(Node) }, { weight: 1, arbitrary: nodeName }),
      CheckID: fc.constantFrom('serfHealth', 'c1', 'C1', 'c2', 'c3'),
      Name: fc.constant('check'),
      Status: status,
      Notes: fc.constant(''),
      Output: fc.constantFrom('', 'x'),
      ServiceID: fc.oneof({ weight: 1, arbitrary: fc.constant('') }, { weight: 1, arbitrary: serviceId }),
      ServiceName: fc.constantFrom('', 'web'),
      ServiceTags: tags,
      Type: fc.constantFrom('', 'ttl'),
      Definition: fc.constantFrom(0n, 5n).map((TTL) => create(HealthCheckDefinition, { TTL })),
    })
    .map((fields) => create(HealthCheck, fields));

const register = nodeName.chain((Node) =>
  fc
    .record({
      Datacenter: fc.constant('dc1'),
      ID: nodeId,
      Node: fc.constant(Node),
      Address: fc.constantFrom('10.0.0.1', '10.0.0.2'),
      TaggedAddresses: meta,
      NodeMeta: meta,
      Service: fc.option(service),
      Check: fc.option(checkOf(Node)),
      Checks: fc.option(fc.array(checkOf(Node), { maxLength: 3 })),
      SkipNodeUpdate: fc.boolean(),
    })
    .map((fields) => create(RegisterRequest, fields)),
);

const deregister = fc
  .record({
    Datacenter: fc.constant('dc1'),
    Node: nodeName,
    ServiceID: fc.oneof({ weight: 2, arbitrary: fc.constant('') }, { weight: 2, arbitrary: serviceId }),
    CheckID: fc.constantFrom('', 'c1', 'C2', 'serfHealth'),
  })
  .map((fields) => create(DeregisterRequest, fields));

const coordinates = fc.array(
  fc
    .record({
      Node: nodeName,
      Segment: fc.constantFrom('', 'alpha'),
      Coord: fc.option(
        fc.record({
          Vec: fc.tuple(fc.integer({ min: 0, max: 9 })),
          Error: fc.constant(1.5),
          Adjustment: fc.constant(0),
          Height: fc.constant(0.1),
        }),
      ),
    })
    .map((fields) => create(CoordinateUpdateRequest, fields)),
  { maxLength: 3 },
);

const key = fc.constantFrom('a', 'a/b', 'a/b/c', 'b', 'ü', '\udcff');
const sessionId = fc.constantFrom(
  '50000000-0000-0000-0000-000000000001',
  '50000000-0000-0000-0000-000000000002',
);
const value = fc.constantFrom(null, Uint8Array.of(1), Uint8Array.of(1, 2));
const smallIndex = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 40 }));

const dirEnt = fc
  .record({
    Key: key,
    Flags: fc.constantFrom(0n, 2n ** 64n - 1n),
    Value: value,
    Session: fc.oneof(
      { weight: 5, arbitrary: sessionId },
      { weight: 1, arbitrary: fc.constantFrom('', 'x') },
    ),
    ModifyIndex: smallIndex,
    ExpiresAt: fc.constantFrom('', '', '', '2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z'),
  })
  .map((fields) => create(DirEntry, fields));

/** Locks more often than the rest: most of them need a session that is there. */
const kvOp = fc.constantFrom(...kvOps, ...kvOps, 'lock', 'lock', 'lock', 'unlock', 'other');

const kvs = fc
  .record({ Datacenter: fc.constant('dc1'), Op: kvOp, DirEnt: dirEnt })
  .map((fields) => create(KvsRequest, fields));

function mostly<T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof({ weight: 6, arbitrary: fc.constant(usual) }, fc.constantFrom(...others));
}

const session = fc
  .record({
    Datacenter: fc.constant('dc1'),
    Op: mostly('create', 'destroy', 'other'),
    Session: fc
      .record({
        ID: sessionId,
        Node: nodeName,
        Behavior: fc.constantFrom('', 'release', 'release', 'delete', 'delete', 'delete', 'other'),
        LockDelay: fc.constantFrom(0n, 15_000_000_000n, 900_000_000_000n),
        NodeChecks: fc.constantFrom(null, [], ['c1'], ['c1'], ['serfHealth']),
        ServiceChecks: mostly<Session['ServiceChecks']>(null, [{ ID: 'c2', Namespace: '' }]),
      })
      .map((fields) => create(Session, fields)),
  })
  .map((fields) => create(SessionRequest, fields));

const reap = smallIndex.map((ReapIndex) =>
  create(TombstoneRequest, { Datacenter: 'dc1', Op: 'reap', ReapIndex }),
);

const catalogVerb = fc.constantFrom('get', 'set', 'cas', 'delete', 'delete-cas', 'other');
const kvVerb = fc.oneof(
  { weight: 4, arbitrary: kvOp },
  {
    weight: 2,
    arbitrary: fc.constantFrom('get', 'get-tree', 'check-index', 'check-session', 'check-not-exists'),
  },
);
const txnNode = fc
  .record({ Node: nodeName, ID: nodeId, Address: fc.constant('10.0.0.3'), ModifyIndex: smallIndex })
  .map((fields) => create(NodeRecord, fields));
const txnOp = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ Verb: kvVerb, DirEnt: dirEnt }).map((KV) => create(TxnOp, { KV })),
  },
  fc.record({ Verb: catalogVerb, Node: txnNode }).map((Node) => create(TxnOp, { Node })),
  fc
    .record({ Verb: catalogVerb, Node: nodeName, Service: service })
    .map((Service) => create(TxnOp, { Service })),
  nodeName.chain((Node) =>
    fc.record({ Verb: catalogVerb, Check: checkOf(Node) }).map((Check) => create(TxnOp, { Check })),
  ),
);
const txnSession = fc
  .record({ Verb: fc.constantFrom('delete', 'delete', 'other'), ID: fc.oneof(sessionId, fc.constant('x')) })
  .map(({ Verb, ID }) => create(TxnOp, { Session: { Verb, Session: create(Session, { ID }) } }));
const anyTxnOp = fc.oneof({ weight: 8, arbitrary: txnOp }, { weight: 1, arbitrary: txnSession });
const txn = fc.array(anyTxnOp, { maxLength: 4 }).map((Ops) => create(TxnRequest, { Datacenter: 'dc1', Ops }));

type WeightedCommand = fc.WeightedArbitrary<Command>;
const ofCatalog: readonly [WeightedCommand, WeightedCommand, WeightedCommand] = [
  { weight: 6, arbitrary: register.map((body): Command => ({ type: 0, body })) },
  { weight: 3, arbitrary: deregister.map((body): Command => ({ type: 1, body })) },
  { weight: 1, arbitrary: coordinates.map((body): Command => ({ type: 6, body })) },
];

/** Long lists, so that commands meet what others left. */
const many = { maxLength: 40, size: 'max' } as const;

/** Commands about nodes, services and checks alone. */
export const catalogCommands: fc.Arbitrary<readonly Command[]> = fc.array(fc.oneof(...ofCatalog), many);

/** Commands about keys and sessions, and transactions. */
const ofKeys = [
  { weight: 10, arbitrary: kvs.map((body): Command => ({ type: 2, body })) },
  { weight: 4, arbitrary: session.map((body): Command => ({ type: 3, body })) },
  { weight: 1, arbitrary: reap.map((body): Command => ({ type: 5, body })) },
  { weight: 4, arbitrary: txn.map((body): Command => ({ type: 8, body })) },
];

/** Nodes with a check that passes, so that sessions can be created. */
const nodes: readonly Command[] = ['n1', 'n2'].map((Node) => {
  const fields = { CheckID: 'c1', Name: 'check', Status: 'passing' };
  const Check = create(HealthCheck, { Node, ...fields });
  return { type: 0, body: create(RegisterRequest, { Datacenter: 'dc1', Node, Address: '10.0.0.1', Check }) };
});

/** Commands of every type. */
export const commands: fc.Arbitrary<readonly Command[]> = fc.oneof(
  fc.array(fc.oneof(...ofCatalog, ...ofKeys), many),
  fc
    .array(fc.oneof(ofCatalog[0], ofCatalog[1], ...ofKeys, ...ofKeys), many)
    .map((list) => [...nodes, ...list]),
);
