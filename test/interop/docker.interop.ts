import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCheck } from '../../packages/agent/src/checks/definition.ts';
import { realCheckRunner } from '../../packages/agent/test/check-runner.ts';
import { type FakeEngine, startFakeEngine } from '../../packages/agent/test/docker-engine.ts';
import { type ConsulPeer, startConsul } from './consul-agent.ts';
import { LoopbackAddresses } from './peers.ts';
import { waitUntil } from './wait-until.ts';

/**
 * The same commands in the containers of a fake Docker Engine, run by a real Consul agent and by our runner: state, output and
 * requests are equal. Not compared: a run that is still shown as one that goes on, which passes in Consul, and the reason why
 * an answer is no JSON.
 */
const containers = [
  'fine',
  'a b/é',
  'warns',
  'fails',
  'none',
  'paused',
  'odd',
  'gone',
  'stopped',
  'broken',
  'lost',
  'ill',
  'long',
];

const loopback = new LoopbackAddresses(2, 91);
const ScriptArgs = ['x', 'a b', '<é>'];
let folder: string;
let dockerHost: string;
let engine: FakeEngine;
let consul: ConsulPeer;

interface CheckJson {
  readonly Status: string;
  readonly Output: string;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hobnob-docker-'));
  const path = join(folder, 'engine.sock');
  engine = await startFakeEngine(path);
  dockerHost = `unix://${path}`;
  const config = { log_level: 'ERR', enable_script_checks: true };
  const env = { DOCKER_HOST: dockerHost };
  consul = await startConsul({ name: 'docker', host: loopback.next(), config, env });
});

afterAll(async () => {
  await consul?.dispose();
  await engine?.close();
  await rm(folder, { recursive: true });
});

test.each(containers)('a command in the container %s has the same state and output', async (container) => {
  const fields = { Name: container, ScriptArgs, DockerContainerID: container };
  const before = engine.asked.length;
  const body = JSON.stringify({ ...fields, Interval: '1s' });
  await consul.http('/v1/agent/check/register', { method: 'PUT', body });
  const theirs = await waitUntil('it has run', async () => {
    const check = (await consul.http<Record<string, CheckJson>>('/v1/agent/checks'))[container];
    return check !== undefined && check.Output !== '' && check;
  });
  await consul.http(`/v1/agent/check/deregister/${encodeURIComponent(container)}`, { method: 'PUT' });
  const asked = engine.asked.slice(before);
  const { definition } = readCheck({ ...fields, Interval: 1_000_000_000n }, { allowsScripts: true });
  if (definition.kind !== 'docker') throw new Error('no Docker check');
  const between = engine.asked.length;
  const ours = await realCheckRunner({ dockerHost })(definition, AbortSignal.timeout(10_000));
  expect(ours).toEqual({ status: theirs.Status, output: theirs.Output });
  const first = engine.asked.slice(between);
  expect(first).toEqual(asked.slice(0, first.length));
});
