import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { HobnobProcess } from '../support/hobnob-process.ts';
import { type ConsulPeer, startConsul } from './consul-agent.ts';
import { peersFolder } from './peer-process.ts';
import { LoopbackAddresses } from './peers.ts';
import { waitUntil } from './wait-until.ts';

/** A data directory that goes from a real client agent to ours and back, with what is registered in it. */

const addresses = new LoopbackAddresses(4, 31);

type Json = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

async function put(host: string, path: string, body?: object): Promise<void> {
  const init = { method: 'PUT', ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const response = await fetch(`http://${host}:8500/v1/agent/${path}`, init);
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${await response.text()}`);
}

async function get(host: string, path: string): Promise<Json> {
  return (await fetch(`http://${host}:8500/v1/agent/${path}`)).json() as Promise<Json>;
}

/** The checks, without what their next run finds and without the fields that only ours have. */
async function definitions(host: string): Promise<Json> {
  const checks = Object.entries(await get(host, 'checks'));
  return Object.fromEntries(
    checks.map(([id, { Status, Output, LastChangeTime, LastCheckTime, Transitions, ...rest }]) => [id, rest]),
  );
}

async function stateOf(host: string, id: string): Promise<string> {
  const check = (await get(host, 'checks'))[id];
  return `${check?.['Status']} ${check?.['Output']}`;
}

async function registerAll(host: string): Promise<void> {
  const sidecar = { SidecarService: { Tags: ['side'], Port: 4_321 } };
  const http = {
    Name: 'h',
    HTTP: 'http://127.0.0.1:1/',
    Method: 'POST',
    Body: 'b',
    Header: { 'X-A': ['b', 'c'] },
    Interval: '1h',
    Timeout: '3s',
    TLSSkipVerify: true,
    DeregisterCriticalServiceAfter: '90m',
    FailuresBeforeCritical: 3,
    OutputMaxSize: 100,
  };
  await put(host, 'service/register', {
    ID: 'w/1',
    Name: 'web',
    Tags: ['a', '<&>'],
    Meta: { k: 'é' },
    Address: '10.0.0.1',
    Port: 80,
    TaggedAddresses: { wan: { Address: '1.2.3.4', Port: 81 } },
    Weights: { Passing: 5, Warning: 2 },
    EnableTagOverride: true,
    Checks: [{ TTL: '1h', Notes: 'n', Status: 'passing' }, http],
    Connect: sidecar,
  });
  await put(host, 'service/register', { Name: 'old' });
  await put(host, 'check/register', { Name: 'mem', TTL: '1h', ServiceID: 'w/1' });
  await put(host, 'check/register', { Name: 'expired', TTL: '10ms' });
  await put(host, 'check/register', { Name: 'tcp', TCP: '127.0.0.1:1', Interval: '1h' });
  await put(host, 'check/register', { Name: 'al', AliasService: 'old', Status: 'passing' });
  await put(host, 'check/pass/expired');
  await put(host, 'check/warn/mem?note=hello');
  await put(host, `service/maintenance/${encodeURIComponent('w/1')}?enable=true&reason=why`);
  await put(host, 'maintenance?enable=true');
}

describe.runIf(peersFolder !== undefined)('registrations on disk', () => {
  test('ours takes over what a real agent has written, and the real one what ours has', async ({
    onTestFinished,
  }) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'hobnob-registrations-'));
    onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
    const name = 'client';
    const host = addresses.next();
    const startReal = async (): Promise<ConsulPeer> => {
      const consul = await startConsul({ name, host, server: false, config: { data_dir: dataDir } });
      onTestFinished(() => consul.dispose());
      return consul;
    };
    const real = await startReal();
    await registerAll(host);
    const [services, checks] = [await get(host, 'services'), await definitions(host)];
    await real.crash();

    const ours = await HobnobProcess.start(host, [`-data-dir=${dataDir}`, `-node=${name}`]);
    onTestFinished(() => ours[Symbol.asyncDispose]());
    expect(await get(host, 'services')).toEqual(services);
    expect(await definitions(host)).toEqual(checks);
    expect(await stateOf(host, 'mem')).toBe('warning hello');
    expect(await stateOf(host, 'service:w/1:1')).toBe('critical ');
    await waitUntil(
      'the TTL has expired',
      async () => (await stateOf(host, 'expired')) === 'critical TTL expired',
    );

    await put(host, 'service/deregister/old');
    await put(host, 'service/register', { ID: 'w/2', Name: 'web', Check: { Name: 'c', TTL: '1h' } });
    await put(host, 'check/fail/mem?note=ours');
    await put(host, 'maintenance?enable=false');
    const [after, afterChecks] = [await get(host, 'services'), await definitions(host)];
    await ours.stop('SIGKILL');

    await startReal();
    expect(await get(host, 'services')).toEqual(after);
    expect(await definitions(host)).toEqual(afterChecks);
    expect(await stateOf(host, 'mem')).toBe('critical ours');
  });
});
