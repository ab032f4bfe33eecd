import { AgentClientError, type HealthCheckRecord, type ServiceRegistration } from '@hobnob/agent/client';
import { describe, expect, test } from 'vitest';
import { fakeAgent } from '../../test/fake-agent.ts';
import { run } from '../../test/recording-io.ts';

/** Texts and exit codes are those of real Consul 1.8.7, with whose command test/interop compares this one. */

function refused(body: string): AgentClientError {
  const request = { method: 'PUT', url: 'http://127.0.0.1:8500/v1/x', status: 400, body };
  return new AgentClientError('CLIENT_STATUS', 'refused', request);
}

function registry() {
  const registered: ServiceRegistration[] = [];
  const deregistered: string[] = [];
  const agent = {
    registerService: async (service: ServiceRegistration) => void registered.push(service),
    deregisterService: async (id: string) => void deregistered.push(id),
  };
  return { registered, deregistered, client: { agent } };
}

const files = {
  'web.json': '{"service": {"name": "web", "id": "web1", "port": 80}}',
  'many.json': '{"services": [{"name": "one"}, {"name": "two"}]}',
  'blocks.hcl': 'services { name = "three" }\nservices { name = "four" port = 4 }\nservice { name = "five" }',
  'wrong.hcl': 'service {\n  name = \n}',
  'wrong.json': '{"service": {"nam": "x"}}',
  'nameless.json': '{"service": {}}',
};
const { module: agent } = fakeAgent({ files });

describe('services register', () => {
  test('registers what flags describe', async () => {
    const { client, registered } = registry();
    const line =
      '-name=web -id=w1 -kind=k -address=1.2.3.4 -port=80 -tag=a -tag=b -meta=k=v -tagged-address=lan=[::1]:5';
    expect(await run(['services', 'register', ...line.split(' ')], { client })).toEqual({
      code: 0,
      stdout: 'Registered service: web\n',
      stderr: '',
    });
    await run(['services', 'register', '-name=bare'], { client });
    expect(registered).toEqual([
      {
        Name: 'web',
        ID: 'w1',
        Kind: 'k',
        Address: '1.2.3.4',
        Port: 80,
        Tags: ['a', 'b'],
        Meta: { k: 'v' },
        TaggedAddresses: { lan: { Address: '::1', Port: 5 } },
      },
      { Name: 'bare' },
    ]);
  });

  test('registers what files define, in their order', async () => {
    const { client, registered } = registry();
    expect(
      await run(['services', 'register', 'web.json', 'note.txt', 'many.json'], { client, agent }),
    ).toEqual({
      code: 0,
      stdout: 'Registered service: web\nRegistered service: one\nRegistered service: two\n',
      stderr: 'skipping file note.txt, extension must be .hcl or .json, or config format must be set\n',
    });
    expect(registered.map(({ Name, Port }) => [Name, Port])).toEqual([
      ['web', 80],
      ['one', undefined],
      ['two', undefined],
    ]);
  });

  test('registers the blocks of a file in HCL', async () => {
    const { client, registered } = registry();
    expect(await run(['services', 'register', 'blocks.hcl'], { client, agent })).toMatchObject({ code: 0 });
    expect(registered.map(({ Name, Port }) => [Name, Port])).toEqual([
      ['three', undefined],
      ['four', 4],
      ['five', undefined],
    ]);
  });

  test.each([
    [[], 'Service registration requires at least one argument or flags.'],
    [['-id=x'], 'Service registration requires at least one argument or flags.'],
    [['-name=x', 'web.json'], 'Service registration requires arguments or -id, not both.'],
    [['wrong.hcl'], 'Error: wrong.hcl:3:1: not valid HCL: expected a value, got }'],
    [['wrong.json'], 'Error: wrong.json: invalid config key service.nam (did you mean service.name?)'],
    ...[
      ['1.2.3.4', 'address 1.2.3.4: missing port in address'],
      ['a:b:80', 'address a:b:80: too many colons in address'],
      ['[::1', "address [::1: missing ']' in address"],
      ['[::1]', 'address [::1]: missing port in address'],
      ['[::1]x:1', 'address [::1]x:1: missing port in address'],
      ['[::1]:1:2', 'address [::1]:1:2: too many colons in address'],
      ['a[:1', "address a[:1: unexpected '[' in address"],
      ['a]:1', "address a]:1: unexpected ']' in address"],
      ['h:', 'strconv.Atoi: parsing "": invalid syntax'],
      ['h:99999999999999999999', 'strconv.Atoi: parsing "99999999999999999999": value out of range'],
    ].map(([address, problem]): [string[], string] => [
      ['-name=x', `-tagged-address=lan=${address}`],
      `Invalid Tagged Address: ${problem}`,
    ]),
  ])('%j is refused before a request is sent', async (line, sentence) => {
    expect(await run(['services', 'register', ...line], { agent })).toEqual({
      code: 1,
      stdout: '',
      stderr: `${sentence}\n`,
    });
  });

  test('stops at the first service that the agent refuses', async () => {
    const registerService = async ({ Name }: ServiceRegistration) => {
      if (Name === 'two') throw refused('no');
    };
    expect(
      await run(['services', 'register', 'many.json', 'web.json'], {
        client: { agent: { registerService } },
        agent,
      }),
    ).toEqual({
      code: 1,
      stdout: 'Registered service: one\n',
      stderr: 'Error registering service "two": Unexpected response code: 400 (no)\n',
    });
  });
});

describe('services deregister', () => {
  test('removes one service by its id, or those of files by id or name', async () => {
    const { client, deregistered } = registry();
    expect(await run(['services', 'deregister', '-id=a b'], { client })).toEqual({
      code: 0,
      stdout: 'Deregistered service: a b\n',
      stderr: '',
    });
    const line = ['services', 'deregister', 'web.json', 'nameless.json', 'many.json'];
    expect(await run(line, { client, agent })).toEqual({
      code: 0,
      stdout: 'Deregistered service: web1\nDeregistered service: one\nDeregistered service: two\n',
      stderr: '',
    });
    expect(deregistered).toEqual(['a b', 'web1', 'one', 'two']);
  });

  test.each([
    [[], 'Service deregistration requires at least one argument or -id.'],
    [['-id=x', 'web.json'], 'Service deregistration requires arguments or -id, not both.'],
    [['wrong.json'], 'Error: wrong.json: invalid config key service.nam (did you mean service.name?)'],
  ])('%j is refused before a request is sent', async (line, sentence) => {
    const { code, stderr } = await run(['services', 'deregister', ...line], { agent });
    expect([code, stderr]).toEqual([1, `${sentence}\n`]);
  });

  test("a refusal has the words of Consul's command", async () => {
    const deregisterService = () => Promise.reject(refused('no'));
    expect(
      await run(['services', 'deregister', '-id=x'], { client: { agent: { deregisterService } } }),
    ).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Error registering service "": Unexpected response code: 400 (no)\n',
    });
  });
});

describe('maint', () => {
  const self = async () =>
    ({ Config: { NodeName: 'me' } }) as Awaited<
      ReturnType<import('@hobnob/agent/client').AgentClient['self']>
    >;
  function check(CheckID: string, ServiceID: string, Notes: string): HealthCheckRecord {
    return { CheckID, ServiceID, Notes } as HealthCheckRecord;
  }

  test('lists what is in maintenance, the node first', async () => {
    const checks = async () => ({
      a: check('_service_maintenance:web', 'web', 'why\n\u001b[2J'),
      b: check('_node_maintenance', '', 'disk'),
      c: check('mine', 'web', 'x'),
    });
    expect(await run(['maint'], { client: { self, agent: { checks } } })).toEqual({
      code: 0,
      stderr: '',
      stdout:
        'Node:\n  Name:   me\n  Reason: disk\n\nService:\n  ID:     web\n  Reason: why\\n\\u001b[2J\n\n',
    });
    expect(await run(['maint'], { client: { self, agent: { checks: async () => ({}) } } })).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
  });

  test.each([
    [['-enable'], 'Node maintenance is now enabled', ['node', true, '']],
    [['-enable', '-reason=a b'], 'Node maintenance is now enabled', ['node', true, 'a b']],
    [['-disable'], 'Node maintenance is now disabled', ['node', false]],
    [['-enable', '-service=web'], 'Service maintenance is now enabled for "web"', ['web', true, '']],
    [['-disable', '-service=web'], 'Service maintenance is now disabled for "web"', ['web', false]],
  ])('%j changes it and says so', async (line, sentence, expected) => {
    const done: unknown[] = [];
    const maintenance = {
      enableNodeMaintenance: async ({ reason = '' } = {}) => void done.push('node', true, reason),
      disableNodeMaintenance: async () => void done.push('node', false),
      enableServiceMaintenance: async (id: string, { reason = '' } = {}) => void done.push(id, true, reason),
      disableServiceMaintenance: async (id: string) => void done.push(id, false),
    };
    expect(await run(['maint', ...line], { client: { agent: maintenance } })).toEqual({
      code: 0,
      stdout: `${sentence}\n`,
      stderr: '',
    });
    expect(done).toEqual(expected);
  });

  test.each([
    [['-enable', '-disable'], 'Only one of -enable or -disable may be provided'],
    [['-reason=x'], 'Reason may only be provided with -enable'],
    [['-disable', '-reason=x'], 'Reason may only be provided with -enable'],
    [['-service=x'], 'Service requires either -enable or -disable'],
  ])('%j is refused before a request is sent', async (line, sentence) => {
    expect(await run(['maint', ...line])).toEqual({ code: 1, stdout: '', stderr: `${sentence}\n` });
  });

  test('an agent that refuses is quoted', async () => {
    const no = () => Promise.reject(refused('no'));
    const outcome = async (line: readonly string[], client: object) =>
      (await run(['maint', ...line], { client })).stderr;
    const reply = 'Unexpected response code: 400 (no)\n';
    expect(await outcome([], { self: no })).toBe(`Error querying Consul agent: ${reply}`);
    expect(await outcome([], { self, agent: { checks: no } })).toBe(`Error getting checks: ${reply}`);
    expect(await outcome(['-enable'], { agent: { enableNodeMaintenance: no } })).toBe(
      `Error enabling node maintenance: ${reply}`,
    );
    expect(await outcome(['-disable', '-service=x'], { agent: { disableServiceMaintenance: no } })).toBe(
      `Error disabling service maintenance: ${reply}`,
    );
  });
});

test('info shows the sections that the agent has, sorted', async () => {
  const Stats = { serf_lan: { members: '1', failed: '0' }, build: { version: '1.8.7', prerelease: '' } };
  const self = async () =>
    ({ Stats }) as unknown as Awaited<ReturnType<import('@hobnob/agent/client').AgentClient['self']>>;
  expect(await run(['info'], { client: { self } })).toEqual({
    code: 0,
    stderr: '',
    stdout: 'build:\n\tprerelease = \n\tversion = 1.8.7\nserf_lan:\n\tfailed = 0\n\tmembers = 1\n',
  });
});
