import { expect, test } from 'vitest';
import { recordingLogger } from '../../test/recording-logger.ts';
import { resolveAgentOptions } from '../config/resolve.ts';
import { AgentError } from '../errors.ts';
import type { AgentConfig, AgentOptions } from '../options.ts';
import { createTestAgent } from '../testing/test-agent.ts';
import { ReloadableConfig, type ReloadParts } from './reload.ts';

const host = { hostname: 'box', privateIpv4: ['10.0.0.7'], publicIpv6: [] };
const started: AgentOptions = { dev: true, nodeName: 'me', log: { level: 'info' } };

function setUp(over: Partial<ReloadParts> = {}) {
  const { lines, ...logger } = recordingLogger();
  const applied: AgentConfig[] = [];
  const levels: string[] = [];
  const current = new ReloadableConfig({
    options: started,
    config: resolveAgentOptions(started, host),
    readOptions: async () => started,
    prepare: async (next) => async () => void applied.push(next),
    onReloaded: ({ logLevel }) => void levels.push(logLevel),
    requireRunning: () => undefined,
    log: logger.child({ component: 'agent' }),
    ...over,
  });
  return { current, applied, levels, lines };
}

test('replaces what may change, and names what needs a restart by its key', async () => {
  const { current, applied, levels, lines } = setUp();
  const before = current.config;
  const followed: AgentConfig[] = [];
  current.follow(async (now) => void followed.push(now));
  const next: AgentOptions = {
    ...started,
    nodeName: 'other',
    ports: { http: 0 },
    log: { level: 'warn', json: true },
    nodeMeta: { rack: '7' },
    http: { connectionsPerClientMax: 3 },
    checks: { discardsOutput: true, updateIntervalMs: 1 },
    definitions: { services: [{ Name: 'web' }] },
    watches: [{ type: 'nodes', args: ['/bin/true'] }],
  };
  const { config, needRestart } = await current.reload(next);
  expect(needRestart).toEqual(['check_update_interval', 'log_json', 'node_name', 'ports.http']);
  expect(config).toEqual({
    ...before,
    logLevel: 'warn',
    nodeMeta: { rack: '7' },
    http: { ...before.http, connectionsPerClientMax: 3 },
    checks: { ...before.checks, discardsOutput: true },
    definitions: { services: [{ Name: 'web' }], checks: [] },
    watches: resolveAgentOptions(next, host).watches,
    // The name that checks expect of their peers is that of the node, as in Consul.
    tls: { ...before.tls, serverName: 'other' },
  });
  expect(current.config).toBe(config);
  expect([applied.length, levels, followed]).toEqual([1, ['warn'], [config]]);
  expect(lines.at(-1)).toContain('Settings have changed that need a restart');
  // Once more as it was started: nothing differs from what runs.
  expect((await current.reload()).needRestart).toEqual([]);
});

test.each([
  ['options that are wrong', { readOptions: async () => ({ ...started, datacenter: '?' }) }, 'AGENT_CONFIG'],
  [
    'files that cannot be read',
    {
      readOptions: async () => {
        throw new AgentError('AGENT_CONFIG_FILE', 'gone');
      },
    },
    'AGENT_CONFIG_FILE',
  ],
  [
    'definitions that are refused',
    {
      prepare: async () => {
        throw new AgentError('AGENT_CONFIG', 'no');
      },
    },
    'AGENT_CONFIG',
  ],
  [
    'an agent that has left',
    {
      requireRunning: () => {
        throw new AgentError('AGENT_CLOSED', 'closed');
      },
    },
    'AGENT_CLOSED',
  ],
] satisfies [string, Partial<ReloadParts>, string][])('%s change nothing', async (_what, over, code) => {
  const { current, applied, levels } = setUp(over);
  const before = current.config;
  await expect(current.reload()).rejects.toMatchObject({ code });
  expect([current.config, applied, levels]).toEqual([before, [], []]);
});

test('reloads run one after the other, and those that wait read together', async () => {
  let readsCount = 0;
  const order: string[] = [];
  const { current } = setUp({
    readOptions: async () => {
      readsCount += 1;
      return { ...started, nodeMeta: { read: String(readsCount) } };
    },
    prepare: async ({ nodeMeta }) => {
      order.push(`prepare ${nodeMeta['read']}`);
      return async () => {
        await Promise.resolve();
        order.push(`applied ${nodeMeta['read']}`);
      };
    },
  });
  const first = current.reload();
  await Promise.resolve();
  await Promise.resolve();
  const [second, third] = [current.reload(), current.reload()];
  expect(third).toBe(second);
  await Promise.all([first, second]);
  expect(order).toEqual(['prepare 1', 'applied 1', 'prepare 2', 'applied 2']);
});

test('a reload warns of what is new, and not again of what was said before', async () => {
  let withoutEffect = ['ui'];
  const { current, lines } = setUp({ readOptions: async () => ({ ...started, withoutEffect }) });
  const warned = (): number => lines.filter((line) => line.includes('"ui" is accepted')).length;
  await current.reload();
  await current.reload();
  expect(warned()).toBe(1);
  withoutEffect = [];
  await current.reload();
  withoutEffect = ['ui'];
  await current.reload();
  expect(warned()).toBe(2);
});

test('a listener that throws is reported, and the reload goes on', async () => {
  const { current, applied, lines } = setUp({
    onReloaded: () => {
      throw new Error('listener');
    },
  });
  await current.reload();
  expect(applied).toHaveLength(1);
  expect(lines.join('\n')).toContain('The listener for reloads failed {"error":"listener"}');
});

test('an agent reloads what its caller gives or reads, whole or not at all', async () => {
  let read: AgentOptions = {};
  const services = [{ Name: 'web', Port: 1, Check: { TTL: '1m' } }];
  await using started = await createTestAgent(
    { definitions: { services } },
    { readOptions: async () => read },
  );
  const { agent, client } = started;
  const registered = async (): Promise<readonly string[]> =>
    Object.values(await client.agent.services())
      .map(({ ID, Port }) => `${ID}:${Port}`)
      .sort();
  expect(await registered()).toEqual(['web:1']);
  expect(await agent.reload({ nodeMeta: { rack: '7' } })).toMatchObject({ needRestart: [] });
  expect((await client.self()).Meta).toMatchObject({ rack: '7' });
  expect(agent.config.nodeMeta).toEqual({ rack: '7' });
  read = { dev: true, definitions: { services: [{ Name: 'web', Port: 2 }], checks: [{ Name: 'c' }] } };
  await expect(client.reload()).rejects.toMatchObject({
    status: 500,
    body: "Failed to register check 'c': Check is not valid: TTL must be > 0 for TTL checks",
  });
  expect(await registered()).toEqual(['web:1']);
  read = { dev: true, definitions: { services: [{ Name: 'web', Port: 2 }, { Name: 'db' }] } };
  await client.reload();
  expect(await registered()).toEqual(['db:0', 'web:2']);
  expect(agent.config.nodeMeta).toEqual({});
});
