import { expect, expectTypeOf, test } from 'vitest';
import {
  CheckServiceNode,
  type HealthCheck,
  NodeRecord,
  NodeService,
  type RegisterRequest,
} from './index.ts';
import { create, zeroOf } from './zero.ts';

test('a record starts with every field at its zero value', () => {
  expect(create(NodeService, { ID: 'web1', Service: 'web' })).toEqual({
    Kind: '',
    ID: 'web1',
    Service: 'web',
    Tags: null,
    Address: '',
    TaggedAddresses: null,
    Meta: null,
    Port: 0,
    Weights: null,
    EnableTagOverride: false,
    Proxy: {
      DestinationServiceName: '',
      DestinationServiceID: '',
      LocalServiceAddress: '',
      LocalServicePort: 0,
      Config: null,
      Upstreams: null,
      MeshGateway: { Mode: '' },
      Expose: { Checks: false, Paths: null },
    },
    Connect: { Native: false, SidecarService: null },
    LocallyRegisteredAsSidecar: false,
    CreateIndex: 0,
    ModifyIndex: 0,
  });
});

test('zero records share the frozen records inside them, and nothing else', () => {
  expect(zeroOf(NodeService)).not.toBe(zeroOf(NodeService));
  expect(zeroOf(NodeService).Proxy).toBe(zeroOf(NodeService).Proxy);
  expect(Object.isFrozen(zeroOf(NodeService).Proxy)).toBe(true);
  expect(zeroOf(CheckServiceNode)).toEqual({
    Node: zeroOf(NodeRecord),
    Service: zeroOf(NodeService),
    Checks: null,
  });
});

test('types follow from descriptions', () => {
  expectTypeOf<RegisterRequest['Service']>().toEqualTypeOf<NodeService | null>();
  expectTypeOf<HealthCheck['ServiceTags']>().toEqualTypeOf<readonly string[] | null>();
  expectTypeOf<HealthCheck['Definition']['Interval']>().toEqualTypeOf<bigint>();
  expectTypeOf<NodeService['Meta']>().toEqualTypeOf<Readonly<Record<string, string>> | null>();
});
