import { AgentClientError, type ReadOptions } from '@hobnob/agent/client';
import { describe, expect, test } from 'vitest';
import { turn } from '../../test/agent-session.ts';
import { fakeChildren } from '../../test/fake-child.ts';
import { type FakeClient, recordingIo, run } from '../../test/recording-io.ts';
import { runProgram } from '../program.ts';

/** Lines and exit codes are those of Consul 1.8.7; test/interop/cli.interop.ts compares them with the real ones. */

function answer<T>(value: T, index = 7n) {
  return { value, index, lastContactMs: 0, knownLeader: true, cache: undefined };
}

const self = async () => ({}) as never;
const refused = new AgentClientError('CLIENT_STATUS', 'refused', {
  method: 'GET',
  url: 'http://127.0.0.1:8500/v1/catalog/services',
  status: 500,
  body: 'No path to datacenter',
});

/** A client whose services are what the test answers next; a failure is thrown. */
function servicesClient() {
  const asked: (bigint | undefined)[] = [];
  const waiting: ((given: unknown) => void)[] = [];
  const services = async ({ index, signal }: ReadOptions = {}) => {
    asked.push(index);
    const given = await new Promise<unknown>((resolve, reject) => {
      waiting.push(resolve);
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    if (given instanceof Error) throw given;
    return given as never;
  };
  const give = async (given: unknown): Promise<void> => {
    await turn();
    waiting.shift()?.(given);
    await turn();
  };
  return { asked, give, client: { self, catalog: { services } } satisfies FakeClient };
}

describe('watch without a child', () => {
  test.each([
    [
      '-type=key -key=a',
      '{\n    "Key": "a",\n    "CreateIndex": 1,\n    "ModifyIndex": 2,\n    "LockIndex": 0,\n    "Flags": 18446744073709551615,\n    "Value": null,\n    "Session": ""\n}\n',
    ],
    ['-type=key -key=none', 'null\n'],
    ['-type=keyprefix -prefix=none', 'null\n'],
    ['-type=services', '{\n    "a": null,\n    "b": []\n}\n'],
    [
      '-type=nodes',
      '[\n    {\n        "ID": "",\n        "Node": "n",\n        "Address": "",\n        "Datacenter": "",\n        "TaggedAddresses": null,\n        "Meta": null,\n        "CreateIndex": 0,\n        "ModifyIndex": 0\n    }\n]\n',
    ],
    ['-type=event', '[]\n'],
    ['-type=checks -state=critical', '[]\n'],
  ])('%s prints the view once', async (words, stdout) => {
    const indexes = { CreateIndex: 1n, ModifyIndex: 2n, LockIndex: 0n };
    const entry = { Key: 'a', Value: Buffer.alloc(0), Flags: 18446744073709551615n, Session: '', ...indexes };
    const client: FakeClient = {
      self,
      kv: { get: async (key) => answer(key === 'a' ? entry : undefined), list: async () => answer([]) },
      catalog: {
        services: async () => answer({ b: [], a: null }) as never,
        nodes: async () => answer([{ Node: 'n' }]) as never,
      },
      health: { state: async () => answer([]) },
      listEvents: async () => answer([]),
    };
    expect(await run(['watch', ...words.split(' ')], { client })).toEqual({ code: 0, stdout, stderr: '' });
  });

  test('a check is printed with the definition that the answer leaves out', async () => {
    const checks = async () => answer([{ Node: 'n', CheckID: 'c', Definition: {} }]) as never;
    const words = ['-type=checks', '-service=s'];
    const { stdout } = await run(['watch', ...words], { client: { self, health: { checks } } });
    expect(JSON.parse(stdout)[0].Definition).toEqual({
      Interval: '0s',
      Timeout: '0s',
      DeregisterCriticalServiceAfter: '0s',
      HTTP: '',
      Header: null,
      Method: '',
      Body: '',
      TLSSkipVerify: false,
      TCP: '',
    });
  });

  test.each([
    ['-type=foo', 'Unsupported watch type: foo'],
    ['-type=constructor', 'Unsupported watch type: constructor'],
    ['-type=key', 'Must specify a single key to watch'],
    ['-type=keyprefix', 'Must specify a single prefix to watch'],
    ['-type=service', 'Must specify a single service to watch'],
    ['-type=checks -service=x -state=y', 'Cannot specify service and state'],
    ['-type=nodes -prefix=x -key=y', 'Invalid parameters: [key prefix]'],
    ['-type=event -stale', 'Invalid parameters: [stale]'],
    ['-type=connect_roots', 'Type connect_roots is not supported in the CLI tool'],
    ['-type=agent_service -key=x', 'Invalid parameters: [key]'],
    [
      '-type=service -service=a -passingonly=foo',
      'Failed to parse passingonly flag: strconv.ParseBool: parsing "foo": invalid syntax',
    ],
    ['-type=nodes -token-file=/none', 'Error loading token file: open /none: no such file or directory'],
  ])('%s is refused', async (words, line) => {
    const outcome = await run(['watch', ...words.split(' ')]);
    expect(outcome).toEqual({ code: 1, stdout: '', stderr: `${line}\n` });
  });

  test('needs a type', async () => {
    const { code, stderr } = await run(['watch']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Usage: consul watch [\s\S]*\n\nWatch type must be specified\n$/);
  });
});

describe('watch with a child', () => {
  test('runs it for each change with the view and its index, and ends when it fails', async () => {
    const { asked, give, client } = servicesClient();
    const { started, startChild } = fakeChildren();
    const io = recordingIo({ client, startChild, env: {} });
    const exit = runProgram(['watch', '-type=services', 'cat', '-x'], io);
    await give(answer({ a: ['<'] }, 5n));
    expect(started[0]?.given).toEqual({
      argv: ['/bin/sh', '-c', 'cat -x'],
      env: { CONSUL_INDEX: '5' },
      stdin: Buffer.from('{"a":["\\u003c"]}\n'),
    });
    started[0]?.end({ type: 'exited', code: 0 });
    await give(answer({ a: ['<'] }, 6n));
    expect(started).toHaveLength(1);
    await give(answer({}, 7n));
    expect(started).toHaveLength(2);
    started[1]?.end({ type: 'exited', code: 3 });
    expect(await exit).toBe(1);
    expect(io.printed.stderr).toBe('Error executing handler: exit status 3\n');
    expect(asked).toEqual([undefined, 5n, 6n]);
    expect(io.listenersCount()).toBe(0);
  });

  test('reads again after a failure: after 5 s, 20 s and so on, and from the start', async () => {
    const { asked, give, client } = servicesClient();
    const { started, startChild } = fakeChildren();
    const io = recordingIo({ client, startChild });
    const exit = runProgram(['watch', '-type=services', 'x'], io);
    await give(answer({}, 5n));
    started[0]?.end({ type: 'exited', code: 0 });
    await give(refused);
    io.pass(4_999);
    await turn();
    expect(asked).toHaveLength(2);
    io.pass(5_000);
    await give(refused);
    io.pass(20_000);
    await give(answer({}, 5n));
    started[1]?.end({ type: 'not-started', problem: 'exec: "x": executable file not found in $PATH' });
    expect(await exit).toBe(1);
    expect(asked).toEqual([undefined, 5n, undefined, undefined]);
    const line = '[ERROR] watch.watch: Watch errored: type=services error=';
    const reason = '"Unexpected response code: 500 (No path to datacenter)"';
    expect(io.printed.stderr.replace(/^\S+ /gm, '')).toBe(
      `${line}${reason} retry=5s\n${line}${reason} retry=20s\nstarting handler: exec: "x": executable file not found in $PATH\n`,
    );
  });

  test('an agent that answers at once with the same index is asked once a second', async () => {
    const { asked, give, client } = servicesClient();
    const { started, startChild } = fakeChildren();
    const io = recordingIo({ client, startChild });
    const exit = runProgram(['watch', '-type=services', 'x'], io);
    await give(answer({}, 0n));
    started[0]?.end({ type: 'exited', code: 0 });
    await give(answer({}, 0n));
    expect(asked).toEqual([undefined, 1n]);
    io.pass(1_000);
    await turn();
    expect(asked).toEqual([undefined, 1n, 1n]);
    io.signal('SIGTERM');
    expect(await exit).toBe(0);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('%s is passed on and ends it with 0', async (signal) => {
    const { give, client } = servicesClient();
    const { started, startChild } = fakeChildren();
    const io = recordingIo({ client, startChild });
    const exit = runProgram(['watch', '-type=services', 'x'], io);
    await give(answer({}, 5n));
    io.signal(signal);
    expect(await exit).toBe(0);
    expect(started[0]?.signals).toEqual([signal]);
  });

  test('gets only the events that are new', async () => {
    const old = 'e562e60f-2322-080e-5e6d-108df0e78c8f';
    const index = 0xe562e60f2322080en ^ 0x5e6d108df0e78c8fn;
    const event = (ID: string) => ({ ID, Name: 'n', Payload: null }) as never;
    const answers = [
      answer([event(old)], index),
      answer([event(old), event('00000000-0000-0000-0000-000000000001')], 1n),
    ];
    const { started, startChild } = fakeChildren();
    const listEvents = async () => answers.shift() ?? answer([], 1n);
    const io = recordingIo({ client: { self, listEvents }, startChild });
    const exit = runProgram(['watch', '-type=event', 'x'], io);
    await turn();
    started[0]?.end({ type: 'exited', code: 0 });
    await turn();
    const ids = started.map(({ given }) =>
      JSON.parse(String(given.stdin)).map(({ ID }: { readonly ID: string }) => ID),
    );
    expect(ids).toEqual([[old], ['00000000-0000-0000-0000-000000000001']]);
    io.signal('SIGINT');
    expect(await exit).toBe(0);
  });
});
