import { type AgentClient, AgentClientError, type EventToFire, type KeyringRow } from '@hobnob/agent/client';
import { describe, expect, test } from 'vitest';
import { fakeAgent } from '../../test/fake-agent.ts';
import { run } from '../../test/recording-io.ts';

/** Texts and exit codes are those of real Consul 1.8.7. */

function refused(body: string): AgentClientError {
  const request = { method: 'PUT', url: 'http://127.0.0.1:8500/v1/x', status: 500, body };
  return new AgentClientError('CLIENT_STATUS', 'refused', request);
}

function noAnswer(path: string): AgentClientError {
  const cause = Object.assign(new Error('refused'), {
    code: 'ECONNREFUSED',
    syscall: 'connect',
    address: '127.37.0.9',
    port: 8500,
  });
  const request = { method: 'GET', url: `http://127.37.0.9:8500${path}` };
  return new AgentClientError('CLIENT_CONNECTION', 'refused', request, { cause });
}

const self: AgentClient['self'] = async () => ({
  Config: { Datacenter: 'dc1', NodeName: 'me', NodeID: 'id', Revision: '', Server: true, Version: '1.8.7' },
  Member: {
    Name: 'me',
    Addr: '127.37.0.1',
    Port: 8301,
    Tags: {},
    Status: 1,
    ProtocolMin: 1,
    ProtocolMax: 5,
    ProtocolCur: 2,
    DelegateMin: 2,
    DelegateMax: 5,
    DelegateCur: 4,
  },
  Meta: null,
  Stats: {},
});

describe('event', () => {
  const { module: agent } = fakeAgent();

  test('prints the id of the event', async () => {
    const fired: EventToFire[] = [];
    const fireEvent = async (event: EventToFire) => {
      fired.push(event);
      return '8672e14d-e977-a3b9-d038-973dfec4009b';
    };
    const world = { client: { self, fireEvent }, agent };
    const line = ['event', '-name=deploy', '-node=^web', '-service=a', '-tag=b', '@big'];
    expect(await run(line, world)).toEqual({
      code: 0,
      stdout: 'Event ID: 8672e14d-e977-a3b9-d038-973dfec4009b\n',
      stderr: '',
    });
    expect(await run(['event', '-name=bare'], world)).toMatchObject({ code: 0 });
    expect(fired).toEqual([
      { name: 'deploy', node: '^web', service: 'a', tag: 'b', payload: Buffer.from('@big') },
      { name: 'bare', node: '', service: '', tag: '' },
    ]);
  });

  test.each([
    ['-node=(', 'Failed to compile node filter regexp: error parsing regexp: missing closing ): `(`\n'],
    ['-service=(', 'Failed to compile service filter regexp: error parsing regexp: missing closing ): `(`\n'],
    ['-tag=(', 'Failed to compile tag filter regexp: error parsing regexp: missing closing ): `(`\n'],
    ['-tag=v1', 'Cannot provide tag filter without service filter.\n'],
  ])('%s is refused before a request is sent', async (flag, stderr) => {
    expect(await run(['event', '-name=x', flag], { agent })).toEqual({ code: 1, stdout: '', stderr });
  });

  test.each([
    [['event'], '\n\nEvent name must be specified\n'],
    [['event', '-name=x', 'a', 'b'], '\n\nToo many command line arguments.\n'],
    [['event', '-datacenter=x'], '\n\nflag provided but not defined: -datacenter\n'],
  ])('%j is wrong usage', async (line, end) => {
    const { code, stdout, stderr } = await run(line);
    expect([code, stdout, stderr.slice(-end.length)]).toEqual([1, '', end]);
    expect(stderr).toMatch(/^Usage:/);
  });

  test('an agent that does not answer or refuses is named', async () => {
    const silent = { client: { self: () => Promise.reject(noAnswer('/v1/agent/self')) } };
    expect((await run(['event', '-name=x'], silent)).stderr).toBe(
      'Error querying Consul agent: Get "http://127.37.0.9:8500/v1/agent/self": dial tcp 127.37.0.9:8500: connect: connection refused\n',
    );
    const refusing = { client: { self, fireEvent: () => Promise.reject(refused('no')) } };
    expect(await run(['event', '-name=x'], refusing)).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Error firing event: Unexpected response code: 500 (no)\n',
    });
  });
});

describe('keyring', () => {
  const [old, next] = [
    '7oByL7o/ObcXdwLZsEcC8mFkyiZp2iQplF3/dd56sPg=',
    '7BhXVR3A/mLOJHBdVBlgbUQojXMD9p+CV1cV1qfOWk8=',
  ];
  const rows: KeyringRow[] = [
    { WAN: true, Datacenter: 'dc1', Segment: '', Keys: { [old]: 1 }, PrimaryKeys: { [old]: 1 }, NumNodes: 1 },
    {
      WAN: false,
      Datacenter: 'dc1',
      Segment: '',
      Messages: { cli: 'cut' },
      Keys: { [old]: 2, [next]: 1 },
      PrimaryKeys: { [old]: 2 },
      NumNodes: 2,
    },
  ];

  test('-list shows both pools, the messages of members, and how many have each key', async () => {
    expect(await run(['keyring', '-list'], { client: { listKeys: async () => rows } })).toEqual({
      code: 0,
      stderr: '',
      stdout: `==> Gathering installed encryption keys...\n\nWAN:\n  ${old} [1/1]\n\ndc1 (LAN):\n  ===> cli: cut\n  ${old} [2/2]\n  ${next} [1/2]\n`,
    });
  });

  test('-list-primary shows the keys in use', async () => {
    const asked: unknown[] = [];
    const listKeys = async (options: unknown) => {
      asked.push(options);
      return rows.slice(0, 1);
    };
    const line = ['keyring', '-list-primary', '-local-only', '-relay-factor=3'];
    expect((await run(line, { client: { listKeys } })).stdout).toBe(
      `==> Gathering installed primary encryption keys...\n\nWAN:\n  ${old} [1/1]\n`,
    );
    expect(asked).toEqual([{ relayFactor: 3, localOnly: true }]);
  });

  test.each([
    ['install', 'Installing new gossip encryption key...'],
    ['use', 'Changing primary gossip encryption key...'],
    ['remove', 'Removing gossip encryption key...'],
  ])('-%s says what it does and asks for it', async (operation, sentence) => {
    const asked: unknown[] = [];
    const changeKeys = async (...parts: readonly unknown[]) => {
      asked.push(parts);
      return [];
    };
    expect(await run(['keyring', `-${operation}=${old}`], { client: { changeKeys } })).toEqual({
      code: 0,
      stdout: `==> ${sentence}\n`,
      stderr: '',
    });
    expect(asked).toEqual([[operation, old, { relayFactor: 0 }]]);
  });

  test('a step that failed members missed is done, and warns of them by name', async () => {
    const Members = Array.from({ length: 21 }, (_, i) => `db-${i}`);
    const row = { WAN: false, Datacenter: 'dc1', Count: 21, Members };
    const hostile = { WAN: true, Datacenter: 'dc1', Count: 1, Members: ['x\n\u001b[31m'] };
    const changeKeys = async () => [row, hostile];
    const { code, stderr } = await run(['keyring', `-use=${old}`], { client: { changeKeys } });
    expect(code).toBe(0);
    expect(stderr).toContain('failed members of dc1 (LAN) missed the change: "db-0", "db-1", ');
    expect(stderr).toContain('"db-19", and 1 more\n');
    expect(stderr).toContain('failed members of the WAN missed the change: "x\\n\\u001b[31m"\n');
  });

  test.each([
    [['-list', `-install=${old}`], 'Only a single action is allowed\n'],
    [['-list', '-list-primary'], 'Only a single action is allowed\n'],
    [['-list', '-relay-factor=7'], 'Error parsing relay factor: Relay factor must be in range: [0, 5]\n'],
    [
      [`-install=${old}`, '-local-only'],
      'Error validating local-only: local-only can only be set for list requests\n',
    ],
  ])('%j is refused before a request is sent', async (flags, stderr) => {
    expect(await run(['keyring', ...flags])).toEqual({ code: 1, stdout: '', stderr });
  });

  test('without an action it explains itself', async () => {
    expect(await run(['keyring', 'foo'])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(
        /^Usage: consul keyring \[options\]\n[\s\S]*\n\nOne of -install, -list, -list-primary, -remove and -use must be given\n$/,
      ),
    });
  });

  test('what members refuse is the reason for 1', async () => {
    const client = { changeKeys: () => Promise.reject(refused('1 error occurred:\n\t* x\n\n')) };
    expect(await run(['keyring', '-use=k'], { client })).toEqual({
      code: 1,
      stdout: '==> Changing primary gossip encryption key...\n',
      stderr: 'error: Unexpected response code: 500 (1 error occurred:\n\t* x\n\n)\n',
    });
  });
});

describe('rtt', () => {
  const row = (Node: string, x: number) => ({
    Node,
    Coord: { Vec: [x, 0, 0, 0, 0, 0, 0, 0], Error: 1.5, Adjustment: 0, Height: 0.00001 },
  });
  const client = {
    self,
    coordinates: async () => [row('me', 0), row('srv', 0.0003), row('twin', 0.0003)],
    wanCoordinates: async () => [
      { Datacenter: 'dc1', AreaID: 'wan', Coordinates: [row('me', 0)] },
      { Datacenter: 'dc2', AreaID: 'wan', Coordinates: [row('far', 0.02)] },
    ],
  };

  test.each([
    [['srv', 'me'], 'Estimated srv <-> me rtt: 0.320 ms (using LAN coordinates)\n'],
    [['srv'], 'Estimated srv <-> me rtt: 0.320 ms (using LAN coordinates)\n'],
    [['srv', 'twin'], 'Estimated srv <-> twin rtt: 0.020 ms (using LAN coordinates)\n'],
    [['-wan', 'far.dc2'], 'Estimated far.dc2 <-> me.dc1 rtt: 20.020 ms (using WAN coordinates)\n'],
  ])('%j', async (args, stdout) => {
    expect(await run(['rtt', ...args], { client })).toEqual({ code: 0, stdout, stderr: '' });
  });

  test('adjustments count while they leave something', async () => {
    const adjusted = (Adjustment: number) => ({
      ...client,
      coordinates: async () => {
        const { Node, Coord } = row('srv', 0.0003);
        return [row('me', 0), { Node, Coord: { ...Coord, Adjustment } }];
      },
    });
    expect((await run(['rtt', 'srv', 'me'], { client: adjusted(-0.0001) })).stdout).toContain('0.220 ms');
    expect((await run(['rtt', 'srv', 'me'], { client: adjusted(-0.001) })).stdout).toContain('0.320 ms');
  });

  test.each([
    [['srv', 'none'], 'Could not find a coordinate for node "none"\n'],
    [['-wan', 'me.dc1', 'x.dc9'], 'Could not find a coordinate for node "x.dc9"\n'],
    [['-wan', 'srv', 'srv'], 'Node names must be specified as <node name>.<datacenter> with -wan\n'],
  ])('%j is refused', async (args, stderr) => {
    expect(await run(['rtt', ...args], { client })).toEqual({ code: 1, stdout: '', stderr });
  });

  test.each([[[]], [['a', 'b', 'c']]])('%j is wrong usage', async (args) => {
    const { code, stderr } = await run(['rtt', ...args]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^Usage: consul rtt \[options\] node1 \[node2\]\n[\s\S]*\n\nOne or two node names must be specified\n$/,
    );
  });

  test('an agent that does not answer is named', async () => {
    const silent = {
      self: () => Promise.reject(noAnswer('/v1/agent/self')),
      coordinates: () => Promise.reject(noAnswer('/v1/coordinate/nodes')),
    };
    const dial = 'dial tcp 127.37.0.9:8500: connect: connection refused\n';
    expect((await run(['rtt', 'a'], { client: silent })).stderr).toBe(
      `Unable to look up agent info: Get "http://127.37.0.9:8500/v1/agent/self": ${dial}`,
    );
    expect((await run(['rtt', 'a', 'b'], { client: silent })).stderr).toBe(
      `Error getting coordinates: Get "http://127.37.0.9:8500/v1/coordinate/nodes": ${dial}`,
    );
  });
});

describe('operator', () => {
  test.each([
    [[], 'A subcommand must be specified.'],
    [['foo'], 'Unknown subcommand "foo".'],
    [['raff'], 'Unknown subcommand "raff". Did you mean "raft"?'],
  ])('%j explains what there is', async (args, mistake) => {
    const { code, stderr } = await run(['operator', ...args]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Usage: consul operator <subcommand> \[options\]\n/);
    expect(stderr.endsWith(`\n\n${mistake}\n`)).toBe(true);
  });

  test('tools for Raft are refused by name', async () => {
    const { code, stderr } = await run(['operator', 'raft', 'list-peers']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/\n\noperator raft: this version has no Raft to work on\n$/);
  });
});
