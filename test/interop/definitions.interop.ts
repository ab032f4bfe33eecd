import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hobnobBin } from '../support/hobnob-process.ts';
import { PeerProcess, peerProgramPath, peersFolder } from './peer-process.ts';
import { LoopbackAddresses } from './peers.ts';
import { waitUntil } from './wait-until.ts';

/** The real agent and ours with the same configuration directory, which changes and is reloaded. */

const addresses = new LoopbackAddresses(6, 31);

type Json = Readonly<Record<string, unknown>>;

/** An agent and its configuration directory. */
interface ConfiguredAgent {
  readonly host: string;
  readonly configDir: string;
  /** Writes the file of the directory. */
  configure(config: Json): Promise<void>;
  restart(): Promise<void>;
}

interface Program {
  readonly command: string;
  readonly before: readonly string[];
}

async function startAgent(
  { command, before }: Program,
  config: Json,
  onEnd: (end: () => Promise<void>) => void,
): Promise<ConfiguredAgent> {
  const host = addresses.next();
  const folder = await mkdtemp(join(tmpdir(), 'hobnob-definitions-'));
  const configDir = join(folder, 'config');
  await mkdir(configDir);
  const configure = (next: Json): Promise<void> => writeFile(join(configDir, 'a.json'), JSON.stringify(next));
  await configure(config);
  const args = [...before, 'agent', '-server', '-bootstrap', '-node=n', `-bind=${host}`, `-client=${host}`];
  const start = async (): Promise<PeerProcess> => {
    const child = await PeerProcess.start(() => ({
      command,
      args: [...args, `-data-dir=${join(folder, 'data')}`, `-config-dir=${configDir}`],
    }));
    const explain = async (): Promise<string> => child.logTail();
    await waitUntil('the node is in the catalog', async () => (await nodeOf(host)) !== null, {
      timeoutMs: 40_000,
      explain,
    });
    return child;
  };
  let child = await start();
  onEnd(async () => {
    await child.dispose();
    await rm(folder, { recursive: true, force: true });
  });
  const restart = async (): Promise<void> => {
    await child.dispose();
    child = await start();
  };
  return { host, configDir, configure, restart };
}

async function call(host: string, path: string, method = 'GET'): Promise<{ status: number; text: string }> {
  const response = await fetch(`http://${host}:8500${path}`, { method });
  return { status: response.status, text: await response.text() };
}

async function get(host: string, path: string): Promise<unknown> {
  return JSON.parse((await call(host, path)).text);
}

interface CatalogNode {
  readonly Node: Json;
  readonly Services: Readonly<Record<string, Json>>;
}

async function nodeOf(host: string): Promise<CatalogNode | null> {
  return (await get(host, '/v1/catalog/node/n')) as CatalogNode | null;
}

/** What both have to answer alike: outputs of runs, indexes and times are left out. */
async function stateOf(host: string): Promise<Json> {
  const checks = (await get(host, '/v1/agent/checks')) as Readonly<Record<string, Json>>;
  const node = await nodeOf(host);
  const { consul, ...services } = node?.Services ?? {};
  const health = (await get(host, '/v1/health/node/n')) as readonly Json[];
  const withoutTimes = ({ LastCheckTime, LastChangeTime, Transitions, Output, ...rest }: Json): Json => rest;
  const withoutIndexes = ({ CreateIndex, ModifyIndex, Output, ...rest }: Json): Json => rest;
  const byId = (one: Json, other: Json): number =>
    String(one['CheckID']).localeCompare(String(other['CheckID']));
  return {
    services: await get(host, '/v1/agent/services'),
    checks: Object.fromEntries(Object.entries(checks).map(([id, check]) => [id, withoutTimes(check)])),
    // The real agent brings it to the catalog within a minute.
    meta: ((await get(host, '/v1/agent/self')) as Json)['Meta'],
    catalog: Object.fromEntries(Object.entries(services).map(([id, one]) => [id, withoutIndexes(one)])),
    health: health.map(withoutIndexes).sort(byId),
  };
}

/** Of the machine or the program; and where Consul shows a default that was not given. */
const ownSettings = [
  'DataDir',
  'NodeID',
  'Revision',
  'EnterpriseMeta',
  'LogLevel',
  'OutputMaxSize',
  'Weights',
];
/** Consul shows 0 where it has its own default. */
const settingsWithDefault = [
  'BootstrapExpect',
  'RaftProtocol',
  'RaftSnapshotInterval',
  'RaftSnapshotThreshold',
  'RaftTrailingLogs',
  'ReconnectTimeoutLAN',
  'ReconnectTimeoutWAN',
];

/** The settings that both show are the same. */
async function expectSameSettings(ours: string, real: string): Promise<void> {
  const settings = async (host: string): Promise<Json> => {
    const self = (await get(host, '/v1/agent/self')) as { readonly DebugConfig: Json };
    const text = JSON.stringify(self.DebugConfig).replaceAll(host, 'HOST');
    return JSON.parse(text, (key, value: unknown) => (ownSettings.includes(key) ? undefined : value)) as Json;
  };
  const [our, their] = [await settings(ours), await settings(real)];
  const names = Object.keys(our).filter((name) => !settingsWithDefault.includes(name));
  const Logging = Object.keys(our['Logging'] as Json);
  const pick = (from: Json, keys: readonly string[]): Json =>
    Object.fromEntries(keys.map((key) => [key, from[key]]));
  const shown = (from: Json): Json => ({
    ...pick(from, names),
    Logging: pick(from['Logging'] as Json, Logging),
  });
  expect(shown(our)).toEqual(shown(their));
}

const web = {
  id: 'w1',
  name: 'web',
  tags: ['a'],
  port: 80,
  meta: { k: 'v' },
  weights: { passing: 3 },
  tagged_addresses: { wan: { address: '1.2.3.4', port: 81 } },
  connect: { sidecar_service: { tags: ['side'] } },
  checks: [
    { ttl: '1h', notes: 'n', status: 'passing' },
    { id: 'own', name: 'Own', http: 'http://127.0.0.1:1/', interval: '1h', success_before_passing: 2 },
  ],
};
const first = {
  services: [web, { name: 'db', check: { tcp: '127.0.0.1:1', interval: '1h' } }],
  service: { name: 'single', enable_tag_override: true, tags: ['x'] },
  check: { name: 'disk', ttl: '1h' },
  checks: [
    { id: 'mem', name: 'Memory', ttl: '1h', service_id: 'db', status: 'warning' },
    { id: 'nameless', ttl: '1h' },
    { name: 'al', alias_service: 'w1' },
  ],
};

/** What the directory holds after one another, and what happens before each. */
const steps: readonly {
  readonly what: string;
  readonly before?: readonly string[];
  readonly config: Json;
}[] = [
  {
    what: 'the same again, with states',
    before: ['pass/service:w1:1', 'pass/disk', 'warn/mem'],
    config: first,
  },
  {
    what: 'a change of each',
    config: {
      ...first,
      services: [
        { ...web, port: 8080, tags: ['b'] },
        { name: 'db', check: { tcp: '127.0.0.1:1', interval: '2h' } },
      ],
      check: { name: 'disk', ttl: '2h', notes: 'changed' },
      node_meta: { rack: '7' },
    },
  },
  { what: 'additions', config: { ...first, check: { name: 'more', ttl: '1h' }, service: { name: 'added' } } },
  { what: 'removals', config: { services: [{ name: 'db' }], node_meta: { rack: '8' } } },
  { what: 'nothing', config: {} },
];

describe.runIf(peersFolder !== undefined)('definitions in the configuration', () => {
  test('become the same with the real agent and with ours, at the start and at each reload', async ({
    onTestFinished,
  }) => {
    const real = await startAgent({ command: peerProgramPath('consul'), before: [] }, first, onTestFinished);
    const ours = await startAgent({ command: process.execPath, before: [hobnobBin] }, first, onTestFinished);
    const agree = (what: string): Promise<unknown> =>
      waitUntil(
        `both agree: ${what}`,
        async () => {
          expect(await stateOf(ours.host)).toEqual(await stateOf(real.host));
          return true;
        },
        { timeoutMs: 30_000 },
      );
    await agree('at the start');
    await expectSameSettings(ours.host, real.host);
    for (const { what, before = [], config } of steps) {
      for (const agent of [real, ours]) {
        for (const path of before) await call(agent.host, `/v1/agent/check/${path}`, 'PUT');
        await agent.configure(config);
        expect(await call(agent.host, '/v1/agent/reload', 'PUT')).toEqual({ status: 200, text: '' });
      }
      await agree(what);
      if (what === 'a change of each') {
        await Promise.all([real.restart(), ours.restart()]);
        await agree('after a restart');
      }
    }
  }, 180_000);

  test('that are refused have the same sentence with both', async ({ onTestFinished }) => {
    const real = await startAgent({ command: peerProgramPath('consul'), before: [] }, first, onTestFinished);
    const ours = await startAgent({ command: process.execPath, before: [hobnobBin] }, first, onTestFinished);
    const before = await stateOf(ours.host);
    for (const config of refused) {
      const answers = [];
      for (const agent of [real, ours]) {
        await agent.configure(config);
        answers.push(await call(agent.host, '/v1/agent/reload', 'PUT'));
      }
      const [theirs, our] = answers;
      // The real agent names the part that it was reloading, and prints the Go struct of a check.
      const sentence = theirs?.text.replace(/^Failed reloading \w+: /, '').replace(/ &\{.*\}$/s, '');
      expect({ status: our?.status, text: our?.text, config }).toEqual({
        status: 500,
        text: sentence,
        config,
      });
    }
    expect(await stateOf(ours.host)).toEqual(before);
  }, 120_000);
});

const refused: readonly Json[] = [
  { service: {} },
  { service: { name: 'web', check: { http: 'x' } } },
  { service: { name: 'web', checks: [{ ttl: '1s', interval: '2s' }] } },
  { service: { name: 'web', check: { args: ['/bin/true'], interval: '10s' } } },
  { service: { name: 'web', connect: { sidecar_service: { check: { http: 'x' } } } } },
  { check: { name: 'x' } },
  { check: { ttl: '1s' } },
  { check: { name: 'x', ttl: '1s', service_id: 'nowhere' } },
  { check: { name: 'x', args: ['/bin/true'], interval: '1s' } },
];
