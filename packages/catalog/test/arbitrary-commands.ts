import fc from 'fast-check';
import {
  ConnectProxyConfig,
  CoordinateUpdateRequest,
  create,
  DeregisterRequest,
  HealthCheck,
  HealthCheckDefinition,
  NodeService,
  RegisterRequest,
  ServiceConnect,
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

export const commands: fc.Arbitrary<readonly Command[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: register.map((body): Command => ({ type: 0, body })) },
    { weight: 3, arbitrary: deregister.map((body): Command => ({ type: 1, body })) },
    { weight: 1, arbitrary: coordinates.map((body): Command => ({ type: 6, body })) },
  ),
  { maxLength: 40 },
);
