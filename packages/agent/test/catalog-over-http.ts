import { connect } from 'node:net';
import { everything } from '@hobnob/catalog';
import { create, NodeService, RegisterRequest } from '@hobnob/catalog/records';
import { VirtualClock } from '@hobnob/gossip/testing';
import { ConnectionLimit } from '../src/http/connection-limit.ts';
import { fastKvReads } from '../src/http/fast-kv-reads.ts';
import { fastKvWrites } from '../src/http/fast-kv-writes.ts';
import { listen } from '../src/http/listen.ts';
import { withLookUp } from '../src/http/look-up.ts';
import { buildServer } from '../src/http/server.ts';
import { silentAgentLogger } from '../src/loggers.ts';
import { openCatalog } from '../src/rpc/in-process.ts';
import { noPoolPorts } from './no-pool-ports.ts';
import { recordingLogger } from './recording-logger.ts';

export interface CatalogOverHttpOptions {
  readonly dev?: boolean;
  readonly responseHeaders?: Readonly<Record<string, string>>;
  readonly blockEndpoints?: readonly string[];
  /** Whether writes of keys are answered before routing. Default true. */
  readonly hasFastWrites?: boolean;
  /** Default: lines of debug are written. */
  readonly isDebug?: boolean;
  /** Default: reads of keys are answered without their route. */
  readonly isFast?: boolean;
}

/** The HTTP API over a catalog of its own on a loopback address, with a clock that the test moves. */
export async function catalogOverHttp({
  dev = false,
  responseHeaders = {},
  blockEndpoints = [],
  hasFastWrites = true,
  isDebug = true,
  isFast = true,
}: CatalogOverHttpOptions = {}) {
  const clock = new VirtualClock();
  const closing = new AbortController();
  const catalog = openCatalog({
    config: {
      dev,
      datacenter: 'dc1',
      sessionTtlMinMs: 0,
      advertiseAddress: '127.0.0.1',
      ports: { server: 8300 },
    },
    clock,
    logger: silentAgentLogger,
    closing: closing.signal,
    datacenters: () => [],
  });
  const { lines, ...recording } = recordingLogger();
  const logger = { ...recording, isLevelEnabled: () => isDebug };
  const unused = (): never => {
    throw new Error('this test expected no such request');
  };
  const agent = {
    ...noPoolPorts,
    rpc: catalog.rpc,
    catalog: catalog.own,
    self: unused,
    members: unused,
    join: unused,
    leave: unused,
    reload: unused,
    forceLeave: unused,
  };
  const http = { responseHeaders, blockEndpoints, valueBytesMax: 524_288, txnBytesMax: 524_288 };
  const config = { dev, http };
  const app = buildServer({
    agent,
    config,
    logger,
  });
  await app.ready();
  const limits = { limit: new ConnectionLimit(() => 0), socketMode: 0 };
  const answer = withLookUp({
    catalog: catalog.own,
    logger,
    takeWrite: hasFastWrites
      ? fastKvWrites({ catalog: catalog.own, datacenter: 'dc1', dev, http, logger })
      : undefined,
    fast: isFast ? fastKvReads({ catalog: catalog.own, place: agent.place, config }) : undefined,
    next: (request, response) => app.routing(request, response),
  });
  const { url, close } = await listen(
    answer,
    { kind: 'tcp', protocol: 'http', host: '127.0.0.1', port: 0 },
    limits,
  );
  return {
    url,
    clock,
    lines,
    rpc: catalog.rpc,
    kept: catalog.own.kept,
    turns: catalog.own.turns,
    watches: catalog.watches,
    /** Registers an instance of a service. */
    register: (node: string, service: string, port = 80) =>
      catalog.rpc.call('Catalog.Register', instance(node, service, port), { authority: everything }),
    /** Ends reads that wait. */
    beginClosing: (reason: unknown) => closing.abort(reason),
    close: async () => {
      await close();
      await catalog.close();
    },
  };
}

function instance(node: string, service: string, port: number): RegisterRequest {
  return create(RegisterRequest, {
    Datacenter: 'dc1',
    Node: node,
    Address: '10.0.0.1',
    Service: create(NodeService, { ID: service, Service: service, Port: port, Tags: ['a'] }),
  });
}

/** Sends bytes over one connection and resolves with all that comes until `isEnough` or the end. */
export function exchangeBytes(
  url: string,
  sent: string,
  isEnough: (received: string) => boolean = () => false,
): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) });
    let received = '';
    socket.setEncoding('latin1');
    socket.on('error', reject);
    socket.on('data', (text: string) => {
      received += text;
      if (isEnough(received)) socket.destroy();
    });
    socket.on('close', () => resolve(received));
    socket.write(sent);
  });
}
