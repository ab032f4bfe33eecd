import { everything, type Rpc } from '@hobnob/catalog';
import { CheckType, create, HealthCheck, NodeService } from '@hobnob/catalog/records';
import { VirtualClock } from '@hobnob/gossip/testing';
import { type CheckSettings, readCheck } from '../src/checks/definition.ts';
import type { CheckFields } from '../src/checks/fields.ts';
import type { DefinedCheck, DefinedService } from '../src/local/local-port.ts';
import { type OpenLocal, openLocal } from '../src/local/open-local.ts';
import { ownNode } from '../src/local/own-node.ts';
import type { DefinitionOptions } from '../src/options.ts';
import { openCatalog } from '../src/rpc/in-process.ts';
import { FakeGossip } from './fake-gossip.ts';
import { recordingLogger } from './recording-logger.ts';

/** A check as the HTTP API would read it from these fields. */
export function defined(
  fields: CheckFields & { readonly Name: string },
  settings?: CheckSettings,
): DefinedCheck {
  const { definition } = readCheck(fields, settings);
  const record = create(HealthCheck, {
    CheckID: definition.id,
    Name: definition.name,
    Status: definition.initialStatus,
    Notes: definition.notes,
    ServiceID: definition.serviceId,
    Type: definition.type,
  });
  const { ID, ServiceID, ...ofType } = fields;
  return { record, definition, fields: create(CheckType, ofType as Partial<CheckType>) };
}

/** A service as the HTTP API would read it from these fields, with these checks. */
export function service(
  fields: Partial<NodeService> & { readonly ID: string },
  checks: readonly (CheckFields & { readonly Name: string })[] = [],
): DefinedService {
  const record = create(NodeService, {
    Service: fields.ID,
    Tags: [],
    Meta: {},
    Weights: { Passing: 1, Warning: 1 },
    ...fields,
  });
  return { service: record, checks: checks.map((check) => defined({ ServiceID: fields.ID, ...check })) };
}

export const remote = { token: '', source: 'remote' } as const;
export const adding = { ...remote, replaceExistingChecks: false } as const;

const nodeId = '11111111-2222-3333-4444-555555555555';

export interface LocalOver {
  /** Default: keep nothing. */
  readonly dataDir?: string;
  readonly updateIntervalMs?: number;
  readonly clock?: VirtualClock;
  /** What the configuration defines. */
  readonly definitions?: DefinitionOptions;
  /** What stands between the agent and the catalog. */
  readonly wrapRpc?: (rpc: Rpc) => Rpc;
}

/** The local side of a server agent on a virtual clock, with a catalog behind it. */
export async function localOnFakes({
  dataDir = '',
  updateIntervalMs = 300_000,
  clock = new VirtualClock(),
  definitions = {},
  wrapRpc = (rpc) => rpc,
}: LocalOver = {}) {
  const { lines, ...logger } = recordingLogger();
  const lan = new FakeGossip({ name: 'me' });
  const config = {
    server: true,
    dev: false,
    dataDir,
    datacenter: 'dc1',
    nodeName: 'me',
    nodeMeta: {},
    sessionTtlMinMs: 0,
    advertiseAddress: '10.0.0.1',
    advertiseAddressWan: '10.0.0.1',
    ports: { http: -1, https: -1, dns: -1, grpc: -1, serfLan: 8301, serfWan: 8302, server: 8300 },
    checks: {
      updateIntervalMs,
      deregisterMinMs: 60_000,
      outputBytesMax: 4096,
      discardsOutput: false,
      allowsScripts: false,
      allowsLocalScripts: false,
    },
    sidecarPorts: { min: 21_000, max: 21_255 },
    definitions: { services: [], checks: [], ...definitions },
  };
  const closing = new AbortController();
  const catalog = openCatalog({ config, clock, logger, closing: closing.signal, datacenters: () => [] });
  const local: OpenLocal = await openLocal({
    config,
    own: ownNode(config, nodeId),
    ownTls: () => undefined,
    rpc: wrapRpc(catalog.rpc),
    lan,
    clock,
    rng: { next: () => 0.5 },
    wallMs: () => 1_800_000_000_000 + clock.nowMs(),
    requireRunning: () => closing.signal.throwIfAborted(),
    logger,
  });
  await local.start();
  const { rpc } = catalog;
  const node = { Datacenter: 'dc1', Node: 'me' };
  const inCatalog = {
    services: async (): Promise<readonly NodeService[]> => {
      const { NodeServices } = await rpc.call('Catalog.NodeServiceList', node, { authority: everything });
      return NodeServices.Services ?? [];
    },
    checks: async (): Promise<readonly HealthCheck[]> =>
      (await rpc.call('Health.NodeChecks', node, { authority: everything })).HealthChecks,
  };
  const own = ownNode(config, nodeId);
  /** As a reload with other definitions. */
  const reload = async (next: DefinitionOptions): Promise<void> => {
    const definitions = { services: [], checks: [], ...next };
    const apply = await local.prepareReload({ own, definitions, discardsOutput: false });
    await apply();
  };
  return { own, reload, port: local.port, local, catalog, inCatalog, lines, clock, lan, closing };
}
