import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Agent, type AgentLogger, type AgentOptions, createAgent } from '@hobnob/agent';
import { describe, expect, test } from 'vitest';
import { peerProgramPath, peersFolder } from './peer-process.ts';
import { LoopbackAddresses, Peers } from './peers.ts';
import { complaints, fastTiming } from './pools.ts';

/** Our agent's events, keys, coordinates and snapshots beside real Consul agents and under real commands. */

const addresses = new LoopbackAddresses(1, 37);
const run = promisify(execFile);

type OnEnd = (dispose: () => Promise<void>) => void;

interface StartedAgent {
  readonly agent: Agent;
  readonly dataDir: string;
  /** `level message fields`. */
  readonly log: readonly string[];
}

function recordingLogger(lines: string[]): AgentLogger {
  const at = (level: string) => (fields: object, message: string) =>
    void lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  return {
    error: at('error'),
    warn: at('warn'),
    info: at('info'),
    debug: at('debug'),
    trace: () => undefined,
    child: () => recordingLogger(lines),
  };
}

/** Starts our agent; `dataDir` and `bindAddress` of an earlier life make it a restart. */
async function startAgent(onEnd: OnEnd, options: AgentOptions): Promise<StartedAgent> {
  const host = options.bindAddress ?? addresses.next();
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'hobnob-interop-')));
  onEnd(() => rm(dataDir, { recursive: true, force: true }));
  const log: string[] = [];
  const timing = { lanTiming: fastTiming, wanTiming: fastTiming };
  const agent = await createAgent(
    { bindAddress: host, clientAddress: host, ...timing, ...options, dataDir },
    { logger: recordingLogger(log) },
  );
  onEnd(() => agent.close());
  return { agent, dataDir, log };
}

const lanAddress = (agent: Agent) => `${agent.lan.advertiseAddress.host}:${agent.lan.advertiseAddress.port}`;
const hostOf = (address: string) => address.slice(0, address.lastIndexOf(':'));
const newKey = () => randomBytes(32).toString('base64');

/** Asks our agent over HTTP. */
async function ask(
  agent: Agent,
  path: string,
  init: RequestInit = {},
): Promise<{ status: number; text: string; index: string | null }> {
  const response = await fetch(`${agent.httpAddresses[0]}${path}`, init);
  return {
    status: response.status,
    text: await response.text(),
    index: response.headers.get('x-consul-index'),
  };
}

/** Runs a real command against the agent at `host`. */
async function consul(host: string, command: string, ...args: readonly string[]): Promise<string> {
  const flags = [`-http-addr=${host}:8500`, ...args];
  return (await run(peerProgramPath('consul'), [command, ...flags])).stdout;
}

interface EventRow {
  readonly ID: string;
  readonly Name: string;
  readonly Payload: string | null;
  readonly NodeFilter: string;
}

describe.runIf(peersFolder !== undefined)('our agent beside real Consul', { concurrent: true }, () => {
  test('an event fired at ours is listed by the real agents that its filter means', async ({
    onTestFinished,
  }) => {
    const peers = new Peers(addresses, onTestFinished);
    const server = await peers.consul({ name: 'server' });
    const client = await peers.consul({ name: 'client', server: false });
    const { agent } = await startAgent(onTestFinished, { nodeName: 'ours' });
    await client.join(server.address);
    await agent.join([server.address]);
    await peers.waitForStatus(client, 'ours', 'alive');
    for (const [name, query, body] of [
      ['for-all', '', 'hello'],
      ['for-client', '?node=%5Ecl.*t%24', 'you'],
    ] as const) {
      const { status } = await ask(agent, `/v1/event/fire/${name}${query}`, { method: 'PUT', body });
      expect(status).toBe(200);
    }
    const namesAt = async (peer: typeof server) =>
      (await peer.http<EventRow[]>('/v1/event/list'))
        .map(({ Name, Payload }) => `${Name} ${Payload}`)
        .toSorted();
    await peers.waitUntil('both are with the client', async () => (await namesAt(client)).length === 2);
    await peers.waitUntil('one is with the server', async () => (await namesAt(server)).length === 1);
    expect(await namesAt(client)).toEqual(['for-all aGVsbG8=', 'for-client eW91']);
    expect(await namesAt(server)).toEqual(['for-all aGVsbG8=']);
    expect(JSON.parse((await ask(agent, '/v1/event/list')).text).map(({ Name }: EventRow) => Name)).toEqual([
      'for-all',
    ]);
    expect([...complaints(server), ...complaints(client)]).toEqual([]);
  });

  test('an event of the real command wakes who waits at ours; one for others does not', async ({
    onTestFinished,
  }) => {
    const peers = new Peers(addresses, onTestFinished);
    const server = await peers.consul({ name: 'server' });
    const { agent } = await startAgent(onTestFinished, { nodeName: 'ours' });
    await agent.join([server.address]);
    await peers.waitForStatus(server, 'ours', 'alive');
    const waiting = ask(agent, '/v1/event/list?name=deploy&index=1&wait=60s');
    const host = hostOf(server.address);
    await consul(host, 'event', '-name=deploy', '-node=nobody', 'wrong');
    await consul(host, 'event', '-name=deploy', '-service=web', 'wrong');
    const printed = await consul(host, 'event', '-name=deploy', '-node=^our', 'right');
    const { text, index } = await waiting;
    const [event, ...others] = JSON.parse(text) as EventRow[];
    expect(others).toEqual([]);
    expect(event).toMatchObject({ Name: 'deploy', Payload: 'cmlnaHQ=', NodeFilter: '^our' });
    expect(printed).toBe(`Event ID: ${event?.ID}\n`);
    expect(index).toMatch(/^\d{5,20}$/);
    // The real command speaks to ours as well.
    await consul(hostOf(lanAddress(agent)), 'event', '-name=from-ours');
    await peers.waitUntil('the real server lists it', async () =>
      (await server.http<EventRow[]>('/v1/event/list')).some(({ Name }) => Name === 'from-ours'),
    );
  });

  test('events for services reach the real agent and ours that have them, whoever fires them', async ({
    onTestFinished,
  }) => {
    const peers = new Peers(addresses, onTestFinished);
    const server = await peers.consul({ name: 'server' });
    const real = await peers.consul({ name: 'real', server: false });
    const { agent } = await startAgent(onTestFinished, { nodeName: 'ours' });
    await real.join(server.address);
    await agent.join([server.address]);
    await peers.waitForStatus(real, 'ours', 'alive');
    for (const body of [
      { ID: 'instance-7', Name: 'web', Tags: ['v1', 'prod'] },
      { ID: 'db', Name: 'db' },
    ]) {
      const init = { method: 'PUT', body: JSON.stringify(body) };
      await real.http('/v1/agent/service/register', init);
      expect((await ask(agent, '/v1/agent/service/register', init)).status).toBe(200);
    }
    const fired = {
      'by-id': 'service=^instance',
      'by-name': 'service=^web$',
      'by-tag': 'service=.*&tag=^prod$',
      'no-tag': 'service=.*&tag=v9',
      'no-tags': 'service=db&tag=.*',
      'no-service': 'service=consul',
      'here-only': 'node=^ours$&service=db',
      'there-only': 'node=^real$&service=db',
      last: '',
    };
    const hosts = [agent.httpAddresses[0] ?? '', `http://${hostOf(real.address)}:8500`];
    for (const host of hosts) {
      for (const [name, query] of Object.entries(fired)) {
        const response = await fetch(`${host}/v1/event/fire/${name}?${query}`, { method: 'PUT' });
        expect(response.status).toBe(200);
      }
      for (const lister of hosts) {
        const list = async () => {
          const events = (await (await fetch(`${lister}/v1/event/list`)).json()) as EventRow[];
          return events.map(({ Name }) => Name);
        };
        const count = hosts.indexOf(host) + 1;
        const mine = lister === hosts[0] ? 'here-only' : 'there-only';
        const wanted = Array(count).fill(['by-id', 'by-tag', mine, 'last']).flat().toSorted();
        const listed = await peers.waitUntil(`${lister} lists the last event and as many`, async () => {
          const names = await list();
          const isLast = names.filter((name) => name === 'last').length === count;
          return isLast && names.length >= wanted.length && names;
        });
        expect(listed.toSorted()).toEqual(wanted);
      }
    }
  });

  test('the election of a leader is understood', async ({ onTestFinished }) => {
    const peers = new Peers(addresses, onTestFinished);
    const { agent, log } = await startAgent(onTestFinished, { nodeName: 'ours' });
    await peers.consul({ name: 'server', config: { start_join: [lanAddress(agent)] } });
    await peers.waitUntil('ours knows the leader', () =>
      log.includes('info New leader elected {"payload":"server"}'),
    );
    // A busy machine stalls the event loop, which is said too, and is none of this test's business.
    const expected = [
      'warn event loop stalled',
      // A client of ours reaches no servers yet.
      'warn a client does not reach servers yet: what is registered here is in no catalog',
      'error failed to sync remote state {"error":"No known Consul servers"}',
    ];
    const isExpected = (line: string): boolean => expected.some((start) => line.startsWith(start));
    expect(log.filter((line) => /^(warn|error)/.test(line) && !isExpected(line))).toEqual([]);
  });

  test('a real server counts ours among the holders of keys, and rotates them', async ({
    onTestFinished,
  }) => {
    const peers = new Peers(addresses, onTestFinished);
    const [encrypt, next] = [newKey(), newKey()];
    const server = await peers.consul({ name: 'server', encrypt });
    const { agent, dataDir } = await startAgent(onTestFinished, { nodeName: 'ours', encrypt });
    await agent.join([server.address]);
    await peers.waitForStatus(server, 'ours', 'alive');
    const host = hostOf(server.address);
    expect(await consul(host, 'keyring', '-list')).toContain(`dc1 (LAN):\n  ${encrypt} [2/2]\n`);
    await consul(host, 'keyring', `-install=${next}`);
    await consul(host, 'keyring', `-use=${next}`);
    await consul(host, 'keyring', `-remove=${encrypt}`);
    expect(await consul(host, 'keyring', '-list-primary')).toContain(`dc1 (LAN):\n  ${next} [2/2]\n`);
    const file = join(dataDir, 'serf', 'local.keyring');
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual([next]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await agent.close();
    // The old key is in the configuration still; the file takes precedence, or no member could decrypt our packets.
    const host2 = agent.config.bindAddress;
    const again = await startAgent(onTestFinished, {
      nodeName: 'ours',
      encrypt,
      dataDir,
      bindAddress: host2,
    });
    expect(again.log).toContain(
      'warn keyring doesn\'t include key provided with -encrypt, using keyring {"keyring":"LAN"}',
    );
    await peers.waitUntil('ours is back', () => again.agent.lan.member('server')?.status === 'alive');
  });

  test('our server rotates the keys of real clients, and counts them', async ({ onTestFinished }) => {
    const peers = new Peers(addresses, onTestFinished);
    const [encrypt, next] = [newKey(), newKey()];
    const { agent } = await startAgent(onTestFinished, { nodeName: 'ours', server: true, encrypt });
    const clients = [
      await peers.consul({ name: 'one', server: false, encrypt }),
      await peers.consul({ name: 'two', server: false, encrypt }),
    ];
    for (const client of clients) await client.join(lanAddress(agent));
    await peers.waitUntil('ours sees all', () => agent.lan.stats().membersCount === 3);
    const host = hostOf(lanAddress(agent));
    expect(await consul(host, 'keyring', '-list')).toBe(
      `==> Gathering installed encryption keys...\n\nWAN:\n  ${encrypt} [1/1]\n\ndc1 (LAN):\n  ${encrypt} [3/3]\n`,
    );
    await consul(host, 'keyring', `-install=${next}`);
    await expect(consul(host, 'keyring', `-remove=${encrypt}`)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /\* dc1 \(LAN\) error: 3\/3 nodes reported failure\n(.*\n)*.*one: Removing the primary key is not allowed/,
      ),
    });
    await consul(host, 'keyring', `-use=${next}`);
    await consul(host, 'keyring', `-remove=${encrypt}`);
    const listed = JSON.parse((await ask(agent, '/v1/operator/keyring')).text);
    expect(listed).toEqual([
      {
        WAN: true,
        Datacenter: 'dc1',
        Segment: '',
        Keys: { [next]: 1 },
        PrimaryKeys: { [next]: 1 },
        NumNodes: 1,
      },
      {
        WAN: false,
        Datacenter: 'dc1',
        Segment: '',
        Keys: { [next]: 3 },
        PrimaryKeys: { [next]: 3 },
        NumNodes: 3,
      },
    ]);
    await ask(agent, '/v1/event/fire/after', { method: 'PUT' });
    for (const client of clients) {
      await peers.waitUntil(`${client.name} receives an event under the new key`, async () =>
        (await client.http<EventRow[]>('/v1/event/list')).some(({ Name }) => Name === 'after'),
      );
    }
  });

  test('the real command estimates round trips between ours and a real server', async ({
    onTestFinished,
  }) => {
    const peers = new Peers(addresses, onTestFinished);
    const server = await peers.consul({ name: 'server', datacenter: 'dc1' });
    const far = (await startAgent(onTestFinished, { nodeName: 'far', server: true, datacenter: 'dc2' }))
      .agent;
    const near = (await startAgent(onTestFinished, { nodeName: 'near' })).agent;
    await far.join([server.wanAddress], { pool: 'wan' });
    await near.join([server.address]);
    const estimate = async (host: string, ...args: readonly string[]) =>
      consul(host, 'rtt', ...args).catch(() => false as const);
    const wan = /^Estimated server\.dc1 <-> far\.dc2 rtt: \d+\.\d{3} ms \(using WAN coordinates\)\n$/;
    for (const host of [hostOf(server.address), hostOf(lanAddress(far))]) {
      const printed = await peers.waitUntil(`${host} estimates on the WAN`, () =>
        estimate(host, '-wan', 'server.dc1', 'far.dc2'),
      );
      expect(printed).toMatch(wan);
    }
    const printed = await peers.waitUntil('ours estimates on the LAN', () =>
      estimate(hostOf(lanAddress(near)), 'server'),
    );
    expect(printed).toMatch(/^Estimated server <-> near rtt: \d+\.\d{3} ms \(using LAN coordinates\)\n$/);
  });

  test('after a crash ours finds the real pool by itself; after a leave only with rejoinAfterLeave', async ({
    onTestFinished,
  }) => {
    const peers = new Peers(addresses, onTestFinished);
    const server = await peers.consul({ name: 'server' });
    const first = await startAgent(onTestFinished, { nodeName: 'ours' });
    await first.agent.join([server.address]);
    await peers.waitForStatus(server, 'ours', 'alive');
    const life = { nodeName: 'ours', dataDir: first.dataDir, bindAddress: first.agent.config.bindAddress };
    await first.agent.close();
    const second = await startAgent(onTestFinished, life);
    await peers.waitUntil('ours is back', () => second.agent.lan.member('server')?.status === 'alive');
    await second.agent.leave();
    await peers.waitForStatus(server, 'ours', 'left');
    const third = await startAgent(onTestFinished, { ...life, rejoinAfterLeave: true });
    await peers.waitUntil('ours is back', () => third.agent.lan.member('server')?.status === 'alive');
    await peers.waitForStatus(server, 'ours', 'alive');
    expect(await readFile(join(first.dataDir, 'serf', 'local.snapshot'), 'utf8')).toContain(
      `alive: server ${server.address}\n`,
    );
    await third.agent.leave();
    const fourth = await startAgent(onTestFinished, life);
    expect(fourth.agent.lan.stats().snapshot?.rejoin).toBe('none');
    expect(fourth.agent.lan.members().map(({ name }) => name)).toEqual(['ours']);
  });
});
