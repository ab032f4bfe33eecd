import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { realCheckRunner } from '../../test/check-runner.ts';
import { type FakeEngine, startFakeEngine } from '../../test/docker-engine.ts';
import { readCheck } from './definition.ts';
import { parseDockerHost } from './docker-host.ts';
import type { CheckFields } from './fields.ts';
import { timeoutReason } from './result.ts';

let folder: string;
let engine: FakeEngine;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hobnob-docker-'));
  engine = await startFakeEngine(join(folder, 'engine.sock'));
});

afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true });
});

async function run(DockerContainerID: string, more: CheckFields = {}, signal?: AbortSignal) {
  const fields = {
    Name: 'c',
    Interval: 1_000_000_000n,
    ScriptArgs: ['x', 'a b'],
    DockerContainerID,
    ...more,
  };
  const { definition } = readCheck(fields, { allowsScripts: true });
  if (definition.kind !== 'docker') throw new Error('no Docker check');
  expect(definition).toMatchObject({ type: 'docker', timeoutMs: 30_000 });
  const dockerHost = `unix://${join(folder, 'engine.sock')}`;
  const runner = realCheckRunner({ dockerHost });
  const { status, output } = await runner(definition, signal ?? new AbortController().signal);
  return `${status} ${output}`;
}

// The texts are those that Consul 1.8.7 gave at the same engine; test/interop/docker.interop.ts compares them.
test.each([
  ['fine', 'passing ran in fine\n'],
  ['a b/é', 'passing ran in a b/é\n'],
  ['warns', 'warning ran in warns\n'],
  ['fails', 'critical ran in fails\n'],
  ['none', 'critical create exec failed for unknown container none'],
  ['paused', 'critical create exec failed since container paused is paused or stopped'],
  ['odd', 'critical create exec failed for container odd with status 500: {"message":"no such driver"}'],
  ['gone', 'critical start exec failed for container gone: invalid exec id gone'],
  ['stopped', 'critical start exec failed since container stopped is paused or stopped'],
  ['broken', 'critical start exec failed for container broken with status 500: body: oops err: <nil>'],
  ['lost', 'critical inspect exec failed for container lost: invalid exec id lost'],
  ['ill', 'critical inspect exec failed for container ill with status 500: oops'],
  ['long', `passing Captured 4096 of 9000 bytes\n...\n${'x'.repeat(4_096)}`],
])('a command in the container %s', async (container, expected) => {
  expect(await run(container)).toBe(expected);
});

test('the engine is asked to make, start and show the run of the command', async () => {
  const before = engine.asked.length;
  await run('fine');
  expect(engine.asked.slice(before)).toEqual([
    {
      target: 'POST /containers/fine/exec',
      body: { AttachStdin: false, AttachStdout: true, AttachStderr: true, Tty: false, Cmd: ['x', 'a b'] },
    },
    { target: 'POST /exec/fine/start', body: { Detach: false, Tty: true } },
    { target: 'GET /exec/fine/json', body: undefined },
  ]);
});

test('a command that is still shown as one that runs is asked for again', async () => {
  expect(await run('late')).toBe('critical ran in late\n');
});

test('an answer that is no JSON is named', async () => {
  expect(await run('garbage')).toMatch(
    /^critical create exec response for container garbage cannot be parsed: /,
  );
});

test('a command that takes too long is given up', async () => {
  const stop = new AbortController();
  const before = engine.asked.length;
  const result = run('slow', {}, stop.signal);
  while (engine.asked.length < before + 2) await new Promise((resolve) => setImmediate(resolve));
  stop.abort(timeoutReason());
  expect(await result).toBe('critical start exec failed for container slow: context deadline exceeded');
});

test('without an engine the text says where it was looked for', async () => {
  const fields = { Name: 'c', Interval: 1_000_000_000n, ScriptArgs: ['x'], DockerContainerID: 'abc' };
  const { definition } = readCheck(fields, { allowsScripts: true });
  if (definition.kind !== 'docker') throw new Error('no Docker check');
  const outputAt = async (dockerHost: string): Promise<string> =>
    (await realCheckRunner({ dockerHost })(definition, new AbortController().signal)).output;
  expect(await outputAt('unix:///none/docker.sock')).toBe(
    'create exec failed for container abc: Post "http://%2Fnone%2Fdocker.sock/containers/abc/exec": dial unix /none/docker.sock: connect: no such file or directory',
  );
  expect(await outputAt('tcp://127.91.2.1:1')).toBe(
    'create exec failed for container abc: Post "http://127.91.2.1:1/containers/abc/exec": dial tcp 127.91.2.1:1: connect: connection refused',
  );
  expect(await outputAt('docker')).toBe('unable to parse docker host `docker`');
});

test.each([
  [undefined, 'unix', '/var/run/docker.sock'],
  ['', 'unix', '/var/run/docker.sock'],
  ['unix:///x.sock', 'unix', '/x.sock'],
  ['tcp://h:2375/path', 'tcp', 'h:2375'],
  ['http://h:1', 'tcp', 'h:1'],
])('DOCKER_HOST %j is %s %s', (text, kind, address) => {
  expect(parseDockerHost(text)).toEqual({ kind, address });
});
